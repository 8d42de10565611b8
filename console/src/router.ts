import { Store } from './store.js'

/** Where the browser is: the path's parts, and what was asked for. */
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
    .map(decodeURIComponent)
  return { path: pathname, parts, query: new URLSearchParams(search) }
}

export const place = new Store<Place>(here())

/** Shows another address. `replace`: without a step to come back to. */
export function go(address: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', address)
  else history.replaceState(null, '', address)
  place.set(here())
}

/** Links between pages don't load the console anew. */
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

/** A click that opens no other tab and that nobody has taken. */
const isPlain = (event: MouseEvent): boolean =>
  !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey

function leadsHere({ target, origin, hash, pathname }: HTMLAnchorElement): boolean {
  return target === '' && origin === location.origin && (hash === '' || pathname !== location.pathname)
}
