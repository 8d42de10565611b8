import type { FunctionComponent, VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { connection } from '../../live/live.js'
import type { Place } from '../../router.js'
import { useStore } from '../../store.js'
import { NotRead } from '../../ui/not-read.js'

type Section = FunctionComponent<{ readonly at: Place }>

/** The forms that edit the config. They and their texts load with the tab, so that other pages don't wait for them. */
export function SetupTab({ at }: { readonly at: Place }): VNode {
  const [Section, setSection] = useState<Section | 'away'>()
  const state = useStore(connection)
  useEffect(() => {
    if (typeof Section === 'function') return
    import('../setup/setup.js').then(
      ({ SetupSection }) => setSection(() => SetupSection),
      () => setSection('away'),
    )
    // Again when the server is back.
  }, [state])
  if (typeof Section === 'function') return <Section at={at} />
  return <NotRead answer={Section && { kind: 'unreachable' }} />
}
