import { randomBytes } from 'node:crypto';
import type { Wire } from '../model/state.ts';
import { Op } from './codes.ts';
import type { Identity } from './identify.ts';

/** A bot's session: it outlives a broken connection and remembers what the bot may have missed. */
export type Session = {
  id: string;
  identity: Identity;
  sequence: number;
  sent: Wire[];
  /** Sends a frame while a connection is there. */
  send: ((frame: Wire) => void) | null;
};

export type Sessions = ReturnType<typeof createSessions>;

export function createSessions() {
  const all = new Map<string, Session>();

  return {
    all,
    open(identity: Identity): Session {
      const session: Session = { id: randomBytes(16).toString('hex'), identity, sequence: 0, sent: [], send: null };
      all.set(session.id, session);
      return session;
    },
    end(session: Session): void {
      all.delete(session.id);
    },
    /** Sends an event, or keeps it for a bot that is to resume. */
    dispatch(session: Session, event: string, data: Wire): void {
      session.sequence += 1;
      const frame = { op: Op.dispatch, t: event, s: session.sequence, d: data };
      session.sent.push(frame);
      session.send?.(frame);
    },
    /** The sessions that get a guild's events; direct messages go to shard 0. */
    forGuild(guildId: string | null): Session[] {
      return [...all.values()].filter(({ identity: { shard } }) => {
        const wanted = guildId === null ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(shard[1]));
        return shard[0] === wanted;
      });
    },
  };
}
