import type { Clock } from './state.ts';

const DISCORD_EPOCH = Date.UTC(2015, 0, 1);
/** Ids made before this have fewer than the 17 digits by which clients recognise one. */
const EARLIEST = Date.UTC(2020, 0, 1);

/** Makes ids as Discord does: milliseconds since 2015 above 22 bits of counter. */
export function createSnowflakes(clock: Clock): () => string {
  let counter = 0n;
  return () => {
    counter += 1n;
    const milliseconds = BigInt(Math.max(Math.trunc(clock.now()), EARLIEST) - DISCORD_EPOCH);
    return String((milliseconds << 22n) + counter);
  };
}
