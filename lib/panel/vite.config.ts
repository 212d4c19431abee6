/** `npm run build`: writes the panel's two pages and their hashed files to public/, which it empties first. */
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** uPlot assigns all its kinds of plot to one object, so a bundler cannot remove the unused ones. */
const UNDRAWN = ['uPlot.join = join;', '(paths.stepped = stepped);', '(paths.spline  = monotoneCubic);']

/** Removes the unused kinds, about 3 % of the bundle. Fails the build if a new version of uPlot has other lines. */
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
    // Telegram shows the Mini App in the system's web view, which may be some years old.
    target: ['es2022', 'chrome111', 'safari16.4', 'firefox121'],
    // No inlining: the Content-Security-Policy allows no script or style inside a page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: { index: here('index.html'), app: here('app.html') } },
  },
})
