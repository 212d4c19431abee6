/** `npm run build`: the static pages, to public/. With no such folder Vercel would serve the sources instead. */
import { cpSync, mkdirSync, rmSync } from 'node:fs'

const source = new URL('./', import.meta.url)
const target = new URL('../../public/', import.meta.url)
rmSync(target, { recursive: true, force: true })
mkdirSync(target)
cpSync(new URL('index.html', source), new URL('index.html', target))
