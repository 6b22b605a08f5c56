import type { Clock } from '../clock.ts';
import type { RedisClient } from '../redis.ts';

/** A stream of calls that a service wants slow: at most `burst` at once, then one every 1/`ratePerSecond` seconds. */
export type PaceKey = { key: string; ratePerSecond: number; burst: number };

export type Pace = ReturnType<typeof createPace>;

/**
 * Keeps all processes together within another service's limits, by the generic cell rate algorithm in
 * Redis. Within any window of T seconds a key lets at most `burst` + `ratePerSecond` × T calls through.
 * These limits protect the service, not our money: while Redis is away everything may go.
 * Time is Redis's own, one clock for all, unless a clock is given.
 */
export function createPace({ redis, clock }: { redis: Pick<RedisClient, 'client'>; clock?: Clock }) {
  const now = () => (clock ? String(clock().getTime()) : '');

  /**
   * Takes turns under every key, or none: 0 when the call may be made now, else the milliseconds
   * after which asking again is worth it. Several turns at once go as soon as one is free, and those
   * that come next wait for all of them.
   */
  async function take(keys: readonly PaceKey[], turns = 1): Promise<number> {
    const names = keys.flatMap(({ key }) => [`pace:turn:${key}`, `pace:hold:${key}`]);
    const limits = keys.flatMap(({ ratePerSecond, burst }) => [1000 / ratePerSecond, burst]);
    const answer = redis.client.eval(takeScript, names.length, ...names, now(), turns, ...limits);
    return Math.ceil(Number(await answer.catch(() => 0)));
  }

  /** Lets nothing through under this key for so many milliseconds, as when the service said "retry after". */
  async function hold(key: string, milliseconds: number): Promise<void> {
    const until = [`pace:hold:${key}`, now(), Math.ceil(milliseconds)] as const;
    await redis.client.eval(holdScript, 1, ...until).catch(() => {});
  }

  return { take, hold };
}

const readNow = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + time[2] / 1000
end`;

/** A turn's key holds the theoretical arrival time of the next call, a hold's key when it ends; both in ms. */
const takeScript = `${readNow}
local wait = 0
local nextTurn = {}
for i = 1, #KEYS / 2 do
  local interval, burst = tonumber(ARGV[i * 2 + 1]), tonumber(ARGV[i * 2 + 2])
  local due = math.max(tonumber(redis.call('GET', KEYS[i * 2 - 1]) or now), now)
  local held = tonumber(redis.call('GET', KEYS[i * 2]) or now)
  wait = math.max(wait, due - (burst - 1) * interval - now, held - now)
  nextTurn[i] = due + interval * ARGV[2]
end
if wait > 0 then return tostring(wait) end
for i = 1, #nextTurn do
  redis.call('SET', KEYS[i * 2 - 1], string.format('%.3f', nextTurn[i]), 'PX', math.max(1, math.ceil(nextTurn[i] - now)))
end
return '0'`;

const holdScript = `${readNow}
local ends = now + ARGV[2]
if ends > tonumber(redis.call('GET', KEYS[1]) or 0) then
  redis.call('SET', KEYS[1], string.format('%.3f', ends), 'PX', math.max(1, math.ceil(ends - now)))
end`;
