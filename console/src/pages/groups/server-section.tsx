import type { VNode } from 'preact'
import { HealthCard } from './health.js'
import { ConfigCheckCard, ServerCard } from './server.js'

/** The server's health, its config, and what the last reading of the config found. */
export const ServerSection = (): VNode => (
  <div class="columns">
    <HealthCard />
    <ConfigCheckCard />
    <ServerCard />
  </div>
)
