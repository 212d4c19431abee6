/**
 * The Chat SDK on a webhook: its documentation's route, `bot.webhooks.telegram(request)`, its Telegram adapter and
 * its Redis state, a command answered as its page on slash commands does.
 */
import { createRedisState } from '@chat-adapter/state-redis'
import { createTelegramAdapter } from '@chat-adapter/telegram'
import { Chat } from 'chat'
import { fetchServer } from './fetch-server.ts'
import { listen, setting } from './listen.ts'

const bot = new Chat({
  userName: 'bench_bot',
  adapters: {
    telegram: createTelegramAdapter({
      mode: 'webhook',
      botToken: setting('TELEGRAM_BOT_TOKEN'),
      secretToken: setting('TELEGRAM_WEBHOOK_SECRET'),
      apiUrl: setting('TELEGRAM_API_ROOT'),
    }),
  },
  state: createRedisState({ url: setting('REDIS_URL') }),
})
bot.onSlashCommand('/ping', async (event) => {
  await event.channel.post(`pong ${event.text}`)
})

listen(fetchServer((request) => bot.webhooks.telegram(request)))
