/** grammY on a webhook: its documentation's `webhookCallback(bot, 'http', { secretToken })`. */
import { createServer } from 'node:http'
import { Bot, webhookCallback } from 'grammy'
import { listen, setting } from './listen.ts'

const bot = new Bot(setting('TELEGRAM_BOT_TOKEN'), { client: { apiRoot: setting('TELEGRAM_API_ROOT') } })
bot.command('ping', (ctx) => ctx.reply(`pong ${ctx.match}`))

const secretToken = setting('TELEGRAM_WEBHOOK_SECRET')
// oxlint-disable-next-line typescript/no-misused-promises -- as its documentation has it
listen(createServer(webhookCallback(bot, 'http', { secretToken })))
