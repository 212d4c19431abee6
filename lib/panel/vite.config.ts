/** `npm run build`: the panel's two pages and their hashed files, to public/ and nothing else there. */
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: here('.'),
  publicDir: false,
  envDir: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../../public'),
    emptyOutDir: true,
    // Telegram shows the Mini App in the system's own browser, which may be some years old.
    target: ['es2022', 'chrome111', 'safari16.4', 'firefox121'],
    // Everything is a file of its own: the policy allows no script or style inside a page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: here('index.html'), app: here('app.html') } },
  },
})
