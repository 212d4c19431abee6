import { expect, it } from 'vitest'
import { isRevoked, refusalOf } from '../../lib/kit/refusals.ts'
import { TelegramRefused, TelegramUnreachable } from '../../lib/errors.ts'

it.each([
  [429, 'Too Many Requests: retry after 3', 'limited'],
  [401, 'Unauthorized', 'revoked'],
  [404, 'Not Found', 'revoked'],
  [404, 'Not Found: method not found', 'refused'],
  [400, 'Logged out', 'revoked'],
  [403, 'Forbidden: bot was blocked by the user', 'unwritable'],
  [403, 'Forbidden: bot was kicked from the supergroup chat', 'unwritable'],
  [403, "Forbidden: bot can't initiate conversation with a user", 'unwritable'],
  [403, 'Forbidden: user is deactivated', 'unwritable'],
  [400, 'Bad Request: not enough rights to send text messages to the chat', 'unwritable'],
  [400, 'Bad Request: have no rights to send a message', 'unwritable'],
  [400, 'Bad Request: need administrator rights in the channel chat', 'unwritable'],
  [400, 'Bad Request: CHAT_RESTRICTED', 'unwritable'],
  [400, 'Bad Request: CHAT_WRITE_FORBIDDEN', 'unwritable'],
  [400, 'Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN', 'unwritable'],
  [400, 'Bad Request: TOPIC_CLOSED', 'unwritable'],
  [400, 'Bad Request: chat not found', 'unwritable'],
  [400, 'Bad Request: group chat was deactivated', 'unwritable'],
  [400, 'Bad Request: user is deactivated', 'unwritable'],
  [400, 'Bad Request: not enough rights to pin a message', 'refused'],
  [400, 'Bad Request: message thread not found', 'no_thread'],
  [400, "Bad Request: can't parse entities: Unsupported start tag", 'bad_markup'],
  [400, 'Bad Request: wrong file_id or the file is temporarily unavailable', 'unavailable'],
  [400, 'Bad Request: message text is empty', 'refused'],
  [400, 'Bad Request: message to be replied not found', 'refused'],
  [409, 'Conflict: terminated by other getUpdates request', 'refused'],
  [413, 'Request Entity Too Large', 'refused'],
])('%i "%s" means %s', (code, description, expected) => {
  expect(refusalOf({ code, description })).toBe(expected)
})

it.each([
  [new TelegramRefused('getMe', 401, 'Unauthorized'), true],
  [new TelegramRefused('getMe', 403, 'Forbidden'), false],
  [new TelegramUnreachable('getMe', 'status_500'), false],
  [null, false],
])('%s is a revoked token: %s', (error, expected) => {
  expect(isRevoked(error)).toBe(expected)
})
