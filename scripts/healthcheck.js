import { get as getPlain } from 'node:http'
import { get as getSecure } from 'node:https'

// Asks the server on this machine whether it takes calls. Exits with 0 or 1. The certificate is not checked, because it names the site and not 127.0.0.1.
const { CARILLON_HEALTH = 'http://127.0.0.1:8080' } = process.env
const url = new URL('/health/ready', CARILLON_HEALTH)
const get = url.protocol === 'https:' ? getSecure : getPlain
get(url, { rejectUnauthorized: false, timeout: 2_500 }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
