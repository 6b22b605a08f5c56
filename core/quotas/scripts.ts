/**
 * The Lua that decides, atomically. An account's counters live in three keys:
 *   `q:{account}`         hash: run, epoch, last (ms of the last request), d:<day>, m:<month>, g:<generation> (images)
 *   `q:{account}:minute`  sorted set: generation → ms, the requests of the last minute
 *   `q:{account}:active`  sorted set: generation → ms, what is reserved and has not ended
 * and all reservations in `q:active` (account|generation → ms) for the sweep. The whole of it can be
 * rebuilt from Postgres; `run` (of the Redis server) and `epoch` (of the account) tell when it must be.
 */

const keys = `
local hash, minute, active, all = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
`;

/**
 * ARGV: now ms, run, generation, images, day, month, per day, per month (-1 none), per minute,
 * cooldown ms, concurrent, account, 1 when it is only asked and nothing shall be taken.
 * Answers {verdict, epoch, used today, used this month, detail}: `ok`, `repeat` (this generation has
 * its reservation already; detail is how many images), `rebuild`, or the limit that refuses; detail is then when
 * it frees up (ms, -1 unknown).
 */
export const reserveScript = `${keys}
local now, run, generation, images = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local day, month = 'd:' .. ARGV[5], 'm:' .. ARGV[6]
local perDay, perMonth, perMinute = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local cooldown, concurrent = tonumber(ARGV[10]), tonumber(ARGV[11])
local mine = 'g:' .. generation
local held = redis.call('HMGET', hash, 'run', 'epoch', day, month, 'last', mine)
if held[1] ~= run then return {'rebuild', 0, 0, 0, 0} end
local epoch, usedDay, usedMonth, last = tonumber(held[2]), tonumber(held[3] or 0), tonumber(held[4] or 0), tonumber(held[5] or 0)
if held[6] then return {'repeat', epoch, usedDay, usedMonth, tonumber(held[6])} end
if usedDay + images > perDay then return {'daily', epoch, usedDay, usedMonth, 0} end
if perMonth >= 0 and usedMonth + images > perMonth then return {'monthly', epoch, usedDay, usedMonth, 0} end
local running = redis.call('ZCARD', active)
if running >= concurrent then return {'concurrent', epoch, running, usedMonth, -1} end
if cooldown > 0 and last + cooldown > now then return {'cooldown', epoch, 0, 0, last + cooldown} end
redis.call('ZREMRANGEBYSCORE', minute, '-inf', now - 60000)
local recent = redis.call('ZCARD', minute)
if recent >= perMinute then
  return {'per_minute', epoch, recent, 0, tonumber(redis.call('ZRANGE', minute, 0, 0, 'WITHSCORES')[2]) + 60000}
end
if ARGV[13] == '1' then return {'ok', epoch, usedDay, usedMonth, 0} end
if not held[3] then
  -- A new day: older days' counters decide nothing any more.
  for _, field in ipairs(redis.call('HKEYS', hash)) do
    local kind = string.sub(field, 1, 2)
    if (kind == 'd:' and field ~= day) or (kind == 'm:' and field ~= month) then redis.call('HDEL', hash, field) end
  end
  redis.call('PEXPIRE', hash, 3456000000)
end
redis.call('HSET', hash, day, usedDay + images, month, usedMonth + images, 'last', now, mine, images)
redis.call('ZADD', minute, now, generation)
redis.call('PEXPIRE', minute, 60000)
redis.call('ZADD', active, now, generation)
redis.call('ZADD', all, now, ARGV[12] .. '|' .. generation)
return {'ok', epoch, usedDay + images, usedMonth + images, 0}
`;

/**
 * ARGV: generation, images to give back, day, month, account. Ends a reservation once, however often
 * it is called; a period that is over has no counter left and needs none.
 */
export const settleScript = `${keys}
redis.call('ZREM', all, ARGV[5] .. '|' .. ARGV[1])
redis.call('HDEL', hash, 'g:' .. ARGV[1])
if redis.call('ZREM', active, ARGV[1]) == 0 then return 0 end
local back = tonumber(ARGV[2])
if back > 0 then
  for _, field in ipairs({'d:' .. ARGV[3], 'm:' .. ARGV[4]}) do
    if redis.call('HEXISTS', hash, field) == 1 then redis.call('HINCRBY', hash, field, -back) end
  end
end
return 1
`;

/**
 * ARGV: run, epoch, day, used today, month, used this month, account, then of unfinished ones:
 * generation, ms, images; a '-'; of the last minute's: generation, ms. Writes what Postgres said, unless a later
 * rebuild was faster.
 */
export const rebuildScript = `${keys}
local held = redis.call('HMGET', hash, 'run', 'epoch')
if held[1] == ARGV[1] and tonumber(held[2]) >= tonumber(ARGV[2]) then return 0 end
for _, generation in ipairs(redis.call('ZRANGE', active, 0, -1)) do redis.call('ZREM', all, ARGV[7] .. '|' .. generation) end
redis.call('DEL', hash, minute, active)
redis.call('HSET', hash, 'run', ARGV[1], 'epoch', ARGV[2], 'd:' .. ARGV[3], ARGV[4], 'm:' .. ARGV[5], ARGV[6])
redis.call('PEXPIRE', hash, 3456000000)
local i, latest = 8, 0
while ARGV[i] ~= '-' do
  redis.call('ZADD', active, ARGV[i + 1], ARGV[i])
  redis.call('ZADD', all, ARGV[i + 1], ARGV[7] .. '|' .. ARGV[i])
  redis.call('HSET', hash, 'g:' .. ARGV[i], ARGV[i + 2])
  i = i + 3
end
i = i + 1
while ARGV[i] do
  redis.call('ZADD', minute, ARGV[i + 1], ARGV[i])
  latest = math.max(latest, tonumber(ARGV[i + 1]))
  i = i + 2
end
if latest > 0 then
  redis.call('HSET', hash, 'last', string.format('%d', latest))
  redis.call('PEXPIRE', minute, 60000)
end
return 1
`;

/** The four keys of an account, in the order the scripts expect. */
export const quotaKeys = (accountId: string): [string, string, string, string] => [
  `q:{${accountId}}`,
  `q:{${accountId}}:minute`,
  `q:{${accountId}}:active`,
  'q:active',
];
