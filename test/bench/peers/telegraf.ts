/** telegraf on a webhook: its documentation's `createServer(bot.webhookCallback(path, { secretToken }))`. */
import { createServer } from 'node:http'
import { Telegraf } from 'telegraf'
import { listen, setting } from './listen.ts'

const bot = new Telegraf(setting('TELEGRAM_BOT_TOKEN'), {
  telegram: { apiRoot: setting('TELEGRAM_API_ROOT') },
})
bot.command('ping', (ctx) => ctx.reply(`pong ${ctx.payload}`))

const secretToken = setting('TELEGRAM_WEBHOOK_SECRET')
// oxlint-disable-next-line typescript/no-misused-promises -- as its documentation has it
listen(createServer(bot.webhookCallback('/webhook', { secretToken })))
