import { expect, it } from 'vitest'
import { commandsFor, isPublicCommand } from '../../lib/bot/commands.ts'
import { LANGUAGES } from '../../lib/kit/types.ts'

it.each(LANGUAGES)('the menu in %s is within Telegram’s limits', (language) => {
  const commands = commandsFor(language)
  expect(commands.map(({ command }) => command)).toEqual([
    'start',
    'help',
    'ping',
    'language',
    'privacy',
    'deletemydata',
  ])
  for (const { command, description } of commands) {
    expect(command).toMatch(/^[a-z0-9_]{1,32}$/)
    expect(description).toMatch(/^.{1,256}$/)
  }
})

it('keeps /status out of the menu', () => {
  expect(isPublicCommand('ping')).toBe(true)
  expect(isPublicCommand('status')).toBe(false)
})
