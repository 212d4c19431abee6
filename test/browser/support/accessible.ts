import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

interface Finding {
  id: string
  impact: string
  nodes: { html: string; failureSummary: string }[]
}

/** @throws where axe finds something serious or critical */
export async function expectAccessible(page: Page): Promise<void> {
  // Half a megabyte: read once by each document.
  if (await page.evaluate('!globalThis.axe')) await page.evaluate(axe.source)
  const { violations } = await page.evaluate<{ violations: Finding[] }>(
    `axe.run(document, { resultTypes: ['violations'] })`,
  )
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(
    bad.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]),
  ).toEqual([])
}
