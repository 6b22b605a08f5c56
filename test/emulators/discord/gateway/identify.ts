import { isRecord } from '../rest/form.ts';
import { Close } from './codes.ts';

export type Identity = { shard: [number, number]; intents: number; compress: boolean };

export type IdentifyRules = { token: string; guildCount: number; privilegedIntents: boolean };

/** Every intent bit that exists: 0–16, 20, 21, 24 and 25. */
const KNOWN_INTENTS = 0x1ffff | (1 << 20) | (1 << 21) | (1 << 24) | (1 << 25);
/** Members, presences and message content are given out on request only. */
const PRIVILEGED_INTENTS = (1 << 1) | (1 << 8) | (1 << 15);
const MAX_GUILDS_PER_SHARD = 2_500;

/** Reads an IDENTIFY; a number is the code that Discord closes the connection with. */
export function readIdentify(d: unknown, rules: IdentifyRules): Identity | number {
  if (!isRecord(d) || !isRecord(d.properties)) return Close.decodeError;
  if (d.token !== rules.token) return Close.authenticationFailed;
  const shard = readShard(d.shard ?? [0, 1]);
  if (!shard) return Close.invalidShard;
  if (rules.guildCount / shard[1] > MAX_GUILDS_PER_SHARD) return Close.shardingRequired;
  const intents = d.intents;
  if (typeof intents !== 'number' || !Number.isInteger(intents) || intents < 0 || (intents & ~KNOWN_INTENTS) !== 0) {
    return Close.invalidIntents;
  }
  if ((intents & PRIVILEGED_INTENTS) !== 0 && !rules.privilegedIntents) return Close.disallowedIntents;
  return { shard, intents, compress: d.compress === true };
}

function readShard(value: unknown): [number, number] | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [id, count] = value;
  return Number.isInteger(id) && Number.isInteger(count) && id >= 0 && count >= 1 && id < count ? [id, count] : null;
}
