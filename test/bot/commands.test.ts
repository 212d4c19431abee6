import { expect, it } from 'vitest'
import { LANGUAGES } from '../../lib/bot/texts/index.ts'
import { commandsFor } from '../../lib/bot/commands.ts'

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
  expect(commandsFor('en').map(({ command }) => command)).not.toContain('status')
})
