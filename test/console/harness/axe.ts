import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

interface AxeFindings {
  readonly violations: readonly {
    readonly id: string
    readonly impact: string | null
    readonly nodes: readonly { readonly html: string }[]
  }[]
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')

/** The violations that axe calls serious or critical, by rule and place. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  // The page's policy allows no added script, but the debugger may run one.
  await page.evaluate(axe)
  const { violations } = await page.evaluate<AxeFindings>('axe.run(document)')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}
