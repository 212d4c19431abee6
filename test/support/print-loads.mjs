/** A loader hook that prints the URL of every module as it is loaded. */
import { writeSync } from 'node:fs'

export async function load(url, context, next) {
  writeSync(1, `${url}\n`)
  return next(url, context)
}
