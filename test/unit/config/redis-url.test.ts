import assert from 'node:assert/strict'
import { readRedisUrl, shownRedis } from '../../../src/config/redis-url.js'

const place = {
  ...{ nodes: [{ host: '10.0.0.1', port: 6379 }], way: { kind: 'server' }, tls: false, secrets: {} },
  ...{ database: 0, prefix: 'carillon', mostRecords: 50_000 },
} as const

function read(text: string): object {
  const result = readRedisUrl(text)
  assert.ok(result.ok, text)
  return result.value
}
const faultOf = (text: string): string => {
  const result = readRedisUrl(text)
  return result.ok ? '' : result.fault
}

describe('The address of a Redis', () => {
  it('needs only a host', () => {
    assert.deepEqual(read('redis://10.0.0.1'), place)
    assert.deepEqual(read('redis://10.0.0.1:6379/0'), place)
  })

  it('may have a user, a password, TLS, a database, a prefix and a number of records', () => {
    assert.deepEqual(read('rediss://me:p%40ss%2Fw@redis.example.com:7000/3?prefix=main&records=1000'), {
      ...{
        ...place,
        nodes: [{ host: 'redis.example.com', port: 7000 }],
        tls: true,
        secrets: { username: 'me', password: 'p@ss/w' },
      },
      ...{ database: 3, prefix: 'main', mostRecords: 1_000 },
    })
    assert.deepEqual(read('redis://:secret@[2001:db8::1]:6380'), {
      ...place,
      ...{ nodes: [{ host: '2001:db8::1', port: 6380 }], secrets: { password: 'secret' } },
    })
  })

  it('may be that of Sentinels, or of a cluster', () => {
    assert.deepEqual(read('redis://:secret@10.0.0.1,10.0.0.2:26380/0?sentinel=main&sentinelPassword=other'), {
      ...{ ...place, way: { kind: 'sentinel', name: 'main' }, secrets: { password: 'secret', sentinelPassword: 'other' } },
      nodes: [
        { host: '10.0.0.1', port: 26_379 },
        { host: '10.0.0.2', port: 26_380 },
      ],
    })
    assert.deepEqual(read('redis://10.0.0.1,10.0.0.2?cluster'), {
      ...{ ...place, way: { kind: 'cluster' } },
      nodes: [...place.nodes, { host: '10.0.0.2', port: 6379 }],
    })
  })

  it('that is wrong gets a fault that does not repeat a secret', () => {
    const wrong: Readonly<Record<string, RegExp>> = {
      'redis://': /expected redis:/,
      'redis://:secret@10.0.0.1:99999': /expected hosts/,
      'redis://:secret@10.0.0.1/x': /expected redis:/,
      'redis://:secret@10.0.0.1,10.0.0.2': /several hosts need/,
      'redis://:secret@10.0.0.1?sentinel': /expected \?sentinel=NAME/,
      'redis://:secret@10.0.0.1?sentinel=a&cluster': /not both/,
      'redis://:secret@10.0.0.1/2?cluster': /only database 0/,
      'redis://:secret@10.0.0.1?prefix={x}': /expected a prefix/,
      'redis://:secret@10.0.0.1?records=5': /expected records from/,
      'redis://:secret@10.0.0.1?secret=x': /unknown part/,
      'redis://:secret%@10.0.0.1': /two hexadecimal digits/,
    }
    for (const [text, fault] of Object.entries(wrong)) {
      assert.match(faultOf(text), fault)
      assert.ok(!faultOf(text).replace("part 'secret'", '').includes('secret'), text)
    }
  })

  it('is shown without its secrets', () => {
    const shown = (text: string): string => {
      const result = readRedisUrl(text)
      return result.ok ? shownRedis(result.value) : ''
    }
    assert.equal(shown('rediss://me:secret@10.0.0.1:7000/3?prefix=main'), 'rediss://10.0.0.1:7000/3 (prefix main)')
    assert.equal(shown('redis://:secret@[::1],h?cluster'), 'redis://[::1]:6379,h:6379/0 as a cluster (prefix carillon)')
    assert.equal(
      shown('redis://h?sentinel=main&sentinelPassword=secret'),
      'redis://h:26379/0 by Sentinel, master main (prefix carillon)',
    )
  })
})
