import { closeBrowser } from './browser.js'

export const mochaHooks = { afterAll: closeBrowser }
