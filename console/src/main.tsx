import { render } from 'preact'
import { followSession } from './api/session.js'
import { App } from './app.js'
import { takeAgentOfTab } from './bar/desk-agent.js'
import { followLeaving } from './phone/leaving.js'
import { followLinks } from './router.js'
import './styles/tokens.css'
import './styles/page.css'
import './styles/parts.css'
import './styles/desk.css'
import './styles/setup.css'
import './styles/wallboard.css'
import './styles/calls.css'
import './styles/ladder.css'
import './styles/bar.css'

const root = document.getElementById('app')
if (root) {
  takeAgentOfTab()
  followLinks()
  followLeaving()
  followSession()
  render(<App />, root)
}
