/** One example of each record's text, out of a dump. */
import type { Dump } from './dump.ts'

/** @returns the texts by what they are examples of; '' where the dump has none */
export function examplesIn(dump: Dump): Record<string, string> {
  const fields = Object.entries(dump).flatMap(([key, entry]) =>
    entry.type === 'hash' ? Object.entries(entry.value).map(([field, text]) => ({ key, field, text })) : [],
  )
  const firstOf = (isIt: (found: { key: string; field: string; text: string }) => boolean) =>
    fields.find(isIt)?.text ?? ''
  const mailbox = (chatKey: string) => firstOf(({ field }) => field === `m:${chatKey}`)
  const listed = (key: string) => {
    const entry = dump[`evergram:${key}`]
    return entry?.type === 'list' ? (entry.value[0] ?? '') : ''
  }
  return {
    'mailbox, leased': mailbox('501'),
    'mailbox, waiting for a retry': mailbox('502'),
    'mailbox, waiting for Telegram': mailbox('510'),
    'mailbox, released': mailbox('511'),
    'mailbox, idle': mailbox('507'),
    'mailbox, lane without a chat': mailbox('update:880000403'),
    envelope: firstOf(({ field }) => field === 'h:501'),
    'envelope, sent back from the dead letters': firstOf(({ field }) => field === 'h:504'),
    'envelope, rate verdict': listed('backlog:512'),
    'dead letter': firstOf(({ key, field }) => key === 'evergram:dead' && field === '880000201'),
    'audit entry': listed('audit'),
    'malformed sample': listed('malformed'),
    'statistics slot': firstOf(({ field, text }) => /^s:\d+$/.test(field) && text.includes(':')),
    'bot info': firstOf(({ field }) => field === 'info'),
    alert: firstOf(({ key, field }) => key === 'evergram:alerts' && field === 'dead:refused'),
  }
}
