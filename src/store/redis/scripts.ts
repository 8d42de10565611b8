/** The keys of the store. Each script gets all of them in this order, because a cluster wants to know every key in advance. */
export const keyNames = [
  ...['lease', 'leader', 'sign-ins', 'pointers', 'calls', 'registrations', 'choices', 'agents'],
  ...['records', 'record-order', 'audit', 'run', 'nodes'],
] as const

/** The version of the format of these keys. A server does not touch those of a later version. */
export const format = 1

/**
 * Takes the lease, unless another server has it. Values: our name, the span in ms, the least token, the format.
 * Answers [token, lastAuditNumber], or [0, holder, ms until it ends], or [-1, format].
 *
 * The lease is a key that Redis deletes when the span is over. The token is a number that grows with every lease.
 */
export const takeScript = `
local lease, leader, audit = KEYS[1], KEYS[2], KEYS[11]
local known = tonumber(redis.call('HGET', leader, 'format') or ARGV[4])
if known > tonumber(ARGV[4]) then return {-1, known} end
local holder = redis.call('GET', lease)
if holder and holder ~= ARGV[1] then return {0, holder, redis.call('PTTL', lease)} end
local last = tonumber(redis.call('HGET', leader, 'token') or '0')
local token = math.max(last, tonumber(ARGV[3])) + 1
redis.call('HSET', leader, 'token', token, 'batch', 0, 'name', ARGV[1], 'format', ARGV[4])
redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
local newest = redis.call('XREVRANGE', audit, '+', '-', 'COUNT', 1)[1]
return {token, newest and newest[1] or '0-0'}
`

/**
 * Writes one batch. Values: token, number of the batch, number of the last batch that we know to be written, our name, span of the lease in
 * ms (0: do not renew it), the wall time, the most records, the least order of a record, the least time of an audit entry, then the changes.
 * Answers 'written', 'again' (this batch or a later one was written before), 'lost' (Redis has lost writes of ours) or 'stale' (another server
 * has a later token).
 *
 * A change is 'x' key (deletes all fields), 's' key field value, 'd' key field, 'r' call order record, or 'a' number time entry. The key is its
 * place in KEYS.
 */
export const writeScript = `
local lease, leader, records, order, audit = KEYS[1], KEYS[2], KEYS[9], KEYS[10], KEYS[11]
local token = tonumber(redis.call('HGET', leader, 'token') or '0')
if token < tonumber(ARGV[1]) then return 'lost' end
if token > tonumber(ARGV[1]) or redis.call('HGET', leader, 'name') ~= ARGV[4] then return 'stale' end
local written = tonumber(redis.call('HGET', leader, 'batch') or '0')
if written >= tonumber(ARGV[2]) then return 'again' end
if written < tonumber(ARGV[3]) then return 'lost' end
redis.call('HSET', leader, 'batch', ARGV[2], 'wrote', ARGV[6])
if tonumber(ARGV[5]) > 0 then redis.call('SET', lease, ARGV[4], 'PX', ARGV[5]) end
local at, came, noted = 10, 0, 0
while ARGV[at] do
  local kind = ARGV[at]
  if kind == 's' then
    redis.call('HSET', KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2], ARGV[at + 3])
    at = at + 4
  elseif kind == 'x' then
    redis.call('DEL', KEYS[tonumber(ARGV[at + 1])])
    at = at + 2
  elseif kind == 'd' then
    redis.call('HDEL', KEYS[tonumber(ARGV[at + 1])], ARGV[at + 2])
    at = at + 3
  elseif kind == 'r' then
    redis.call('HSET', records, ARGV[at + 1], ARGV[at + 3])
    redis.call('ZADD', order, 0, ARGV[at + 2])
    came = came + 1
    at = at + 4
  else
    local newest = redis.call('XREVRANGE', audit, '+', '-', 'COUNT', 1)[1]
    if not newest or tonumber(string.match(newest[1], '^%d+')) < tonumber(ARGV[at + 1]) then
      redis.call('XADD', audit, 'MAXLEN', '~', 20000, ARGV[at + 1] .. '-0', 'at', ARGV[at + 2], 'entry', ARGV[at + 3])
    end
    noted = noted + 1
    at = at + 4
  end
end
if came > 0 then
  local over = redis.call('ZCARD', order) - tonumber(ARGV[7])
  local old = redis.call('ZRANGEBYLEX', order, '-', '(' .. ARGV[8], 'LIMIT', 0, 2 * came)
  if over > #old then old = redis.call('ZRANGE', order, 0, math.min(over, 2 * came) - 1) end
  for _, member in ipairs(old) do
    redis.call('HDEL', records, string.sub(member, 17))
    redis.call('ZREM', order, member)
  end
end
if noted > 0 then
  for _, entry in ipairs(redis.call('XRANGE', audit, '-', '+', 'COUNT', 100)) do
    if tonumber(entry[2][2]) >= tonumber(ARGV[9]) then break end
    redis.call('XDEL', audit, entry[1])
  end
end
return 'written'
`

/**
 * Looks at the lease, renews it or takes it. Values: our name, the span in ms, our token (0: we have none), the Redis process that may give it
 * (empty: none may), the format. Answers [process, token, holder, others, latest, since]: a token if we have the lease, else 0, or -1 for a
 * later format. `others`: the nodes that asked within the last span, and may take a lease from this Redis process. Redis's own clock says when.
 * `latest`, `since`: the token of the latest lease, and when it was given.
 */
export const leaseScript = `
local lease, leader, nodes = KEYS[1], KEYS[2], KEYS[13]
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[3] ~= '0' or ARGV[4] ~= '' then redis.call('HSET', nodes, ARGV[1], now) end
local others, all = {}, redis.call('HGETALL', nodes)
for at = 1, #all, 2 do
  local age = now - tonumber(all[at + 1])
  if age > 86400000 then redis.call('HDEL', nodes, all[at])
  elseif all[at] ~= ARGV[1] and age <= tonumber(ARGV[2]) then others[#others + 1] = all[at] end
end
if tonumber(redis.call('HGET', leader, 'format') or ARGV[5]) > tonumber(ARGV[5]) then return {server, -1, '', others} end
local holder = redis.call('GET', lease)
local token = tonumber(redis.call('HGET', leader, 'token') or '0')
if ARGV[3] ~= '0' then
  if token ~= tonumber(ARGV[3]) or redis.call('HGET', leader, 'name') ~= ARGV[1] or (holder and holder ~= ARGV[1]) then
    return {server, 0, holder or '', others, token, redis.call('HGET', leader, 'since')}
  end
elseif holder or ARGV[4] ~= server then
  return {server, 0, holder or '', others, token, redis.call('HGET', leader, 'since')}
else
  token = token + 1
  redis.call('HSET', leader, 'token', token, 'batch', 0, 'name', ARGV[1], 'format', ARGV[5], 'since', now)
end
redis.call('SET', lease, ARGV[1], 'PX', ARGV[2])
return {server, token, ARGV[1], others, token, redis.call('HGET', leader, 'since')}
`

/** Ends our lease, so that the next server need not wait for it. Values: our name, token. */
export const leaveScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('HGET', KEYS[2], 'token') == ARGV[2] then redis.call('DEL', KEYS[1]) end
redis.call('HDEL', KEYS[13], ARGV[1])
return 'left'
`

/** Everything that outlives the process, at one moment: the last write, and then each hash as names with their values. */
export const loadScript = `
local all = {redis.call('HGET', KEYS[2], 'wrote') or '0'}
for at = 3, 8 do all[#all + 1] = redis.call('HGETALL', KEYS[at]) end
all[#all + 1] = redis.call('HGETALL', KEYS[12])
local newest = redis.call('XREVRANGE', KEYS[11], '+', '-', 'COUNT', 1)[1]
all[#all + 1] = newest and newest[1] or '0-0'
return all
`
