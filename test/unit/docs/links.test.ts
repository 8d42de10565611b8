import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))

const pages = [
  ...readdirSync(root).filter(name => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.md'))
    .map(name => join('docs', name)),
]

/** A page without its code, where brackets are not links. */
const proseOf = (page: string): string =>
  readFileSync(join(root, page), 'utf8')
    .replaceAll(/^ *```[\s\S]*?^ *```/gm, '')
    .replaceAll(/`[^`\n]*`/g, '')

/** The anchors of a page as repository hosts make them: lower case, without punctuation, hyphens for spaces. */
const anchorsOf = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Why a link is dead. Undefined: it works, or it leads to another host, which is not asked. */
function faultOf(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined
  const [path = '', anchor] = link.split('#', 2)
  const target = path === '' ? join(root, page) : join(root, dirname(page), path)
  if (!existsSync(target)) return `${page}: ${link} does not exist`
  if (anchor === undefined || statSync(target).isDirectory()) return undefined
  return anchorsOf(target).includes(anchor) ? undefined : `${page}: ${relative(root, target)} has no heading #${anchor}`
}

describe('the pages of the documentation', () => {
  it('have no dead links', () => {
    const faults = pages.flatMap(page =>
      [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, link = '']) => faultOf(page, link))
        .filter(fault => fault !== undefined),
    )
    assert.deepEqual(faults, [])
  })

  it('have a runbook for each alert', () => {
    const rules = readFileSync(join(root, 'docs/operations/alerts.yaml'), 'utf8')
    const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, alert = '']) => alert)
    const urls = [...rules.matchAll(/runbook_url: (.+)/g)].map(([, url = '']) => url)
    assert.deepEqual(
      urls,
      alerts.map(alert => `docs/operations/monitoring.md#${alert.toLowerCase()}`),
    )
    assert.deepEqual(
      urls.map(url => faultOf('README.md', url)).filter(fault => fault !== undefined),
      [],
    )
  })
})
