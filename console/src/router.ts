import { Store } from './store.js'

/** The page's address, taken apart. */
export interface Place {
  readonly path: string
  readonly parts: readonly string[]
  readonly query: URLSearchParams
}

const here = (): Place => {
  const { pathname, search } = location
  const parts = pathname
    .split('/')
    .filter(part => part !== '')
    .map(decoded)
  return { path: pathname, parts, query: new URLSearchParams(search) }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // It has a percent sign that is not an escape.
  }
}

export const place = new Store<Place>(here())

/** Shows another address. `replace` adds no entry to the browser's history. */
export function go(address: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
  place.set(here())
}

/** Links between the console's pages change the page without loading the console again. */
export function followLinks(): void {
  addEventListener('popstate', () => place.set(here()))
  document.addEventListener('click', event => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || !isPlain(event) || !leadsHere(link)) return
    event.preventDefault()
    go(link.pathname + link.search)
    document.getElementById('main')?.focus()
    scrollTo(0, 0)
  })
}

/** A plain click: it opens no other tab, and no other listener has used it. */
const isPlain = (event: MouseEvent): boolean =>
  !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey

/** A link to a page of the console, not to a file to save. */
function leadsHere({ target, origin, hash, pathname, download }: HTMLAnchorElement): boolean {
  return target === '' && download === '' && origin === location.origin && (hash === '' || pathname !== location.pathname)
}
