import type { FunctionComponent, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { connection } from '../live/live.js'
import { useStore } from '../store.js'
import { NotRead } from './not-read.js'

/** A part of the console that loads when it is first shown, so that the first page doesn't wait for its code and texts. */
export function later<Props extends object>(load: () => Promise<FunctionComponent<Props>>): FunctionComponent<Props> {
  return function Later(props: Props): VNode {
    const [Loaded, setLoaded] = useState<FunctionComponent<Props> | 'away'>()
    const state = useStore(connection)
    useEffect(() => {
      if (typeof Loaded === 'function') return
      load().then(
        loaded => setLoaded(() => loaded),
        () => setLoaded('away'),
      )
      // Again when the server is back.
    }, [state])
    if (typeof Loaded === 'function') return <Loaded {...props} />
    return <NotRead answer={Loaded && { kind: 'unreachable' }} />
  }
}
