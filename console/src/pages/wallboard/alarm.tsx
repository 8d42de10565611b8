import { useEffect, useRef } from 'preact/hooks'
import { useNow } from '../../clock.js'
import type { LiveQueue, LiveWorld } from '../../live/world.js'
import { Ring } from '../../phone/ring.js'
import { moodOf, moods } from './mood.js'
import type { BoardSettings } from './settings.js'

interface AlarmProps {
  readonly queues: readonly LiveQueue[]
  readonly live: LiveWorld
  readonly settings: BoardSettings
}

/** Rings once for each queue that begins to need attention. It shows nothing, because the tiles do. */
export function Alarm({ queues, live, settings }: AlarmProps): null {
  const at = useNow()
  const bell = useRef<Ring | undefined>(undefined)
  const alarmed = useRef<ReadonlySet<string>>(new Set())
  const bad = queues.filter(queue => moods[moodOf(queue, live, settings, at)].tone === 'bad').map(({ name }) => name)
  useEffect(() => {
    const isNew = bad.some(name => !alarmed.current.has(name))
    alarmed.current = new Set(bad)
    if (isNew) (bell.current ??= new Ring()).test()
  }, [JSON.stringify(bad)])
  useEffect(() => () => bell.current?.stop(), [])
  return null
}
