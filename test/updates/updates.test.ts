/** That our own updates are as the Bot API has them, and leave none of its kinds and contents out. */
import { describe, expect, it } from 'vitest'
import { checkType, constantsOf, schema } from '../support/schema.ts'
import { OWN_UPDATES } from './index.ts'

const NEWER_KINDS = ['subscription', 'stopped_message_generation']
const MESSAGE_KINDS =
  /^(guest_message|(edited_)?(message|channel_post|business_message))$|^reply_to_message$|^pinned_message$/

const fieldsOf = (type: string) => schema?.types[type]?.fields?.map(({ name }) => name) ?? []
const kindsOf = (update: object) => Object.keys(update).filter((kind) => kind !== 'update_id')

/** The fields of all messages in the updates, those in other messages included. */
function messageFields(): Set<string> {
  const found = new Set<string>()
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (MESSAGE_KINDS.test(name)) for (const field of Object.keys(inner as object)) found.add(field)
      walk(inner)
    }
  }
  for (const { update } of OWN_UPDATES) walk(update)
  return found
}

describe('our own updates', () => {
  it('have one kind, a name and an id each, none of them twice', () => {
    expect(OWN_UPDATES.filter(({ update }) => kindsOf(update).length !== 1)).toEqual([])
    const { length } = OWN_UPDATES
    expect(new Set(OWN_UPDATES.map(({ name }) => name)).size).toBe(length)
    expect(new Set(OWN_UPDATES.map(({ update }) => update.update_id)).size).toBe(length)
  })

  it('hold the kinds that are newer than the schema', () => {
    expect(OWN_UPDATES.flatMap(({ update }) => kindsOf(update))).toEqual(expect.arrayContaining(NEWER_KINDS))
  })
})

if (schema === null)
  console.warn('SKIPPED: our own updates against the Bot API (no ../shared/telegram/api.json)')

describe.skipIf(schema === null)('against the Bot API’s schema', () => {
  it.each(OWN_UPDATES.filter(({ since }) => !since))('$name is sound', ({ update }) => {
    expect(checkType('Update', update)).toEqual([])
  })

  it.each(OWN_UPDATES.filter(({ since }) => since))('$name is newer than the schema', ({ update }) => {
    // Once the schema knows it, `since` has to go.
    expect(checkType('Update', update)).not.toEqual([])
  })

  it('every kind of update occurs', () => {
    const kinds = new Set(OWN_UPDATES.flatMap(({ update }) => kindsOf(update)))
    const known = fieldsOf('Update').filter((kind) => kind !== 'update_id')
    expect(known.length).toBeGreaterThan(20)
    expect(known.filter((kind) => !kinds.has(kind))).toEqual([])
  })

  it('every field of a message occurs', () => {
    const found = messageFields()
    expect(fieldsOf('Message').length).toBeGreaterThan(100)
    expect(fieldsOf('Message').filter((field) => !found.has(field))).toEqual([])
  })

  it.each([
    'MessageOrigin',
    'PaidMedia',
    'RichBlock',
    'RichText',
    'ReactionType',
    'ChatMember',
    'ChatBoostSource',
    'BackgroundType',
    'BackgroundFill',
  ])('every kind of %s occurs', (type) => {
    const text = JSON.stringify(OWN_UPDATES)
    const constants = constantsOf(type) ?? []
    expect(constants.length).toBeGreaterThan(2)
    expect(constants.filter((constant) => !text.includes(`:"${constant}"`))).toEqual([])
  })
})
