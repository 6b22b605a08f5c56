/**
 * The Lua that decides, atomically. An account's counters live in two keys:
 *   `q:{account}`         hash: run, epoch, last (ms of the last request), d:<day>, m:<month> (images of the plan), t (what is
 *                         left of the top-ups), k:<day>:<API key> (all images asked for with that key), active (how many are
 *                         reserved and have not ended), and of each of these g:<id> (images|ms|API key or nothing) and
 *                         u:<id> (how many of them from top-ups)
 *   `q:{account}:minute`  sorted set: generation → ms, the requests of the last minute, and such older ones as decide nothing
 * and accounts that have anything reserved in `q:active` (account → ms since when, or since the sweep looked). The whole of
 * it can be rebuilt from Postgres; `run` (of the Redis server) and `epoch` (of the account) tell when it must be.
 */

const keys = `
local hash, minute, all = KEYS[1], KEYS[2], KEYS[3]
local account = string.sub(hash, 4, -2)
`;

/**
 * ARGV: now ms, run, generation, images, day, per day, per month (-1 none), per minute,
 * cooldown ms, concurrent, 1 when it is only asked and nothing shall be taken,
 * API key (empty for none), its daily cap (-1 none).
 * Takes from the plan what the day and the month have room for, and the rest from the top-ups.
 * Answers {verdict, epoch, used today, used this month, detail, used by the key today, left of the top-ups, reserved
 * at, from the top-ups}, the last two when something is reserved: `ok`, `repeat` (this generation has its reservation
 * already; detail is how many images), `rebuild`, or the limit that refuses; detail is then when it frees up (ms, -1
 * unknown). Of day and month the one refuses that has less room.
 */
export const reserveScript = `${keys}
local now, run, generation, images = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])
local day, month = 'd:' .. ARGV[5], 'm:' .. string.sub(ARGV[5], 1, 7)
local perDay, perMonth, perMinute = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local cooldown, concurrent, only = tonumber(ARGV[9]), tonumber(ARGV[10]), ARGV[11] == '1'
local mine, key, cap = 'g:' .. generation, ARGV[12], tonumber(ARGV[13])
local byKey = 'k:' .. ARGV[5] .. ':' .. key
local held = redis.call('HMGET', hash, 'run', 'epoch', day, month, 'last', mine, byKey, 't', 'active')
if held[1] ~= run then return {'rebuild', 0, 0, 0, 0, 0, 0} end
local epoch, usedDay, usedMonth, last = tonumber(held[2]), tonumber(held[3] or 0), tonumber(held[4] or 0), tonumber(held[5] or 0)
local usedKey, topUps, running = tonumber(held[7] or 0), tonumber(held[8] or 0), tonumber(held[9] or 0)
if held[6] then
  local first, at = string.match(held[6], '^(%d+)|(%d+)')
  local fromTopUps = tonumber(redis.call('HGET', hash, 'u:' .. generation) or 0)
  return {'repeat', epoch, usedDay, usedMonth, tonumber(first), usedKey, topUps, at, fromTopUps}
end
local room, limit = perDay - usedDay, 'daily'
if perMonth >= 0 and perMonth - usedMonth <= room then room, limit = perMonth - usedMonth, 'monthly' end
local fromPlan, fromTopUps = images, 0
if room < images then
  fromPlan = room > 0 and room or 0
  fromTopUps = images - fromPlan
  if fromTopUps > topUps then return {limit, epoch, usedDay, usedMonth, 0, usedKey, topUps} end
end
if cap >= 0 and usedKey + images > cap then return {'key_cap', epoch, usedDay, usedMonth, 0, usedKey, topUps} end
if running >= concurrent then return {'concurrent', epoch, running, usedMonth, -1, 0, topUps} end
if cooldown > 0 and last + cooldown > now then return {'cooldown', epoch, 0, 0, last + cooldown, 0, topUps} end
local recent = redis.call('ZCARD', minute)
if recent >= perMinute then
  -- Up to here it does not matter how many of them are older than that.
  redis.call('ZREMRANGEBYSCORE', minute, '-inf', now - 60000)
  recent = redis.call('ZCARD', minute)
end
if recent >= perMinute then
  return {'per_minute', epoch, recent, 0, tonumber(redis.call('ZRANGE', minute, 0, 0, 'WITHSCORES')[2]) + 60000, 0, topUps}
end
if only then return {'ok', epoch, usedDay, usedMonth, 0, usedKey, topUps} end
if not held[3] then
  -- A new day: older days' counters decide nothing any more, but for the last one, where a clock that is late still is.
  local days, months, lastDay, lastMonth = {}, {}, '', ''
  for _, field in ipairs(redis.call('HKEYS', hash)) do
    local kind = string.sub(field, 1, 2)
    if kind == 'd:' or kind == 'k:' then
      days[field] = string.sub(field, 3, 12)
      if days[field] < ARGV[5] and days[field] > lastDay then lastDay = days[field] end
    elseif kind == 'm:' then
      months[field] = string.sub(field, 3)
      if field < month and months[field] > lastMonth then lastMonth = months[field] end
    end
  end
  for field, name in pairs(days) do if name < lastDay then redis.call('HDEL', hash, field) end end
  for field, name in pairs(months) do if name < lastMonth then redis.call('HDEL', hash, field) end end
  redis.call('ZREMRANGEBYSCORE', minute, '-inf', now - 60000)
  redis.call('PEXPIRE', hash, 3456000000)
end
if fromTopUps > 0 then
  topUps = topUps - fromTopUps
  redis.call('HSET', hash, 't', topUps, 'u:' .. generation, fromTopUps)
end
local taken = {day, usedDay + fromPlan, month, usedMonth + fromPlan, 'last', now, 'active', running + 1, mine, images .. '|' .. ARGV[1] .. '|' .. key}
if key ~= '' then
  usedKey = usedKey + images
  taken[11], taken[12] = byKey, usedKey
end
redis.call('HSET', hash, unpack(taken))
redis.call('ZADD', minute, now, generation)
-- Two days, renewed each day: to put it off at every request would cost more than what it frees.
if recent == 0 or not held[3] then redis.call('PEXPIRE', minute, 172800000) end
if running == 0 then redis.call('ZADD', all, 'NX', now, account) end
return {'ok', epoch, usedDay + fromPlan, usedMonth + fromPlan, 0, usedKey, topUps, ARGV[1], fromTopUps}
`;

/**
 * ARGV: generation, images to give back, day, ms when it was reserved, how many of these images go
 * back to the top-ups. Ends that very reservation once, however often it is called: a late repeat of the request may
 * have made another one since. A period that is over has no counter left and needs none.
 */
export const settleScript = `${keys}
local at, key = string.match(redis.call('HGET', hash, 'g:' .. ARGV[1]) or '', '|(%d+)|(.*)')
if tonumber(at or -1) ~= tonumber(ARGV[4]) then return 0 end
redis.call('HDEL', hash, 'g:' .. ARGV[1], 'u:' .. ARGV[1])
if redis.call('HINCRBY', hash, 'active', -1) == 0 then redis.call('ZREM', all, account) end
local back, day, toTopUps = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[5])
local function giveBack(field, images)
  if images > 0 and redis.call('HEXISTS', hash, field) == 1 then redis.call('HINCRBY', hash, field, -images) end
end
giveBack('d:' .. day, back - toTopUps)
giveBack('m:' .. string.sub(day, 1, 7), back - toTopUps)
if key ~= '' then giveBack('k:' .. day .. ':' .. key, back) end
if toTopUps > 0 then redis.call('HINCRBY', hash, 't', toTopUps) end
return 1
`;

/**
 * ARGV: run, epoch, left of the top-ups, then of unfinished ones: generation, ms, images, how many of them
 * from top-ups, API key or nothing; a '-'; of the last minute's: generation, ms; a '-'; of days, months and API keys:
 * field, images. Writes what Postgres said, unless a later rebuild was faster.
 */
export const rebuildScript = `${keys}
local held = redis.call('HMGET', hash, 'run', 'epoch')
if held[1] == ARGV[1] and tonumber(held[2]) >= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', hash, minute)
redis.call('ZREM', all, account)
redis.call('HSET', hash, 'run', ARGV[1], 'epoch', ARGV[2], 't', ARGV[3])
redis.call('PEXPIRE', hash, 3456000000)
local i, running, latest = 4, 0, 0
while ARGV[i] ~= '-' do
  running = running + 1
  redis.call('ZADD', all, 'NX', ARGV[i + 1], account)
  redis.call('HSET', hash, 'active', running, 'g:' .. ARGV[i], ARGV[i + 2] .. '|' .. ARGV[i + 1] .. '|' .. ARGV[i + 4])
  if ARGV[i + 3] ~= '0' then redis.call('HSET', hash, 'u:' .. ARGV[i], ARGV[i + 3]) end
  i = i + 5
end
i = i + 1
while ARGV[i] ~= '-' do
  redis.call('ZADD', minute, ARGV[i + 1], ARGV[i])
  latest = math.max(latest, tonumber(ARGV[i + 1]))
  i = i + 2
end
i = i + 1
while ARGV[i] do
  redis.call('HSET', hash, ARGV[i], ARGV[i + 1])
  i = i + 2
end
if latest > 0 then
  redis.call('HSET', hash, 'last', string.format('%d', latest))
  redis.call('PEXPIRE', minute, 172800000)
end
return 1
`;

/** Accounts with anything reserved, in the order in which the sweep looks at them. */
export const reservedKey = 'q:active';

/** The keys of an account, in the order the scripts expect, and last the one of all. */
export const quotaKeys = (accountId: string): [string, string, string] => [
  `q:{${accountId}}`,
  `q:{${accountId}}:minute`,
  reservedKey,
];
