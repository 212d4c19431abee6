/** `npm run build`: the panel's two pages and their hashed files, to public/ and nothing else there. */
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** uPlot hangs all its kinds of plot on one object, so that no bundler sees which of them nobody draws. */
const UNDRAWN = ['uPlot.join = join;', '(paths.stepped = stepped);', '(paths.spline  = monotoneCubic);']

/** Leaves them out: a thirtieth of all that is sent. Fails where another version writes them otherwise. */
const onlyDrawn: Plugin = {
  name: 'only-drawn',
  transform(code, id) {
    if (!id.endsWith('uPlot.esm.js')) return null
    return UNDRAWN.reduce((rest, line) => {
      if (!rest.includes(line)) this.error(`uPlot has no line ${line}`)
      return rest.replace(line, '')
    }, code)
  },
}

export default defineConfig({
  root: here('.'),
  publicDir: false,
  envDir: false,
  logLevel: 'warn',
  plugins: [onlyDrawn],
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
