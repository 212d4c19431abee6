/** The machine's Chromium, for the tests of both pages. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

/** Chromium reads the last --disable-features only, so what Playwright disables stands here too. */
const DISABLED_FEATURES = [
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
  // Two more renderers for each window, for an address bar that is not shown: half of what opening a page costs.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
]

const ARGS = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${DISABLED_FEATURES.join(',')}`,
]

/** @throws where the machine has no Chromium: these tests cannot be skipped */
export function openBrowser(...further: string[]): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install it, or set CHROMIUM_PATH`)
  }
  return chromium.launch({ executablePath, args: [...ARGS, ...further] })
}
