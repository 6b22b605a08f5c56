import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';

/** The Discord servers that Easel is used in, for operators to see. Learnt from requests, at no cost to them. */
export function createServers({ database, clock }: { database: Pick<Database, 'run'>; clock: Clock }) {
  /**
   * Counts the requests that came from servers since each was counted last; answers how many servers changed. Looks back
   * three days, so that a run that was missed or made twice changes nothing.
   */
  async function count(): Promise<number> {
    const rows = await database.run<{ id: string }>(countRequests, [clock()]);
    return rows.length;
  }

  /** Writes down how servers are called; those that nobody used are left out. */
  async function name(known: readonly { id: string; name: string }[]): Promise<void> {
    await database.run(writeNames, [known.map(({ id }) => id), known.map((each) => each.name.slice(0, 100))]);
  }

  return { count, name };
}

const countRequests = {
  name: 'servers_count',
  text: `
    INSERT INTO chat_servers (id, platform, first_used_at, last_used_at, requests)
    SELECT reply_to->>'guildId', 'discord', min(generations.created_at), max(generations.created_at), count(*)::int
    FROM generations LEFT JOIN chat_servers counted ON counted.id = reply_to->>'guildId'
    WHERE generations.created_at >= $1::timestamptz - interval '3 days' AND reply_to->>'guildId' IS NOT NULL
      AND (counted.id IS NULL OR generations.created_at > counted.last_used_at)
    GROUP BY 1
    ON CONFLICT (id) DO UPDATE SET last_used_at = excluded.last_used_at, requests = chat_servers.requests + excluded.requests
    WHERE chat_servers.last_used_at < excluded.last_used_at
    RETURNING id`,
};
const writeNames = {
  name: 'servers_name',
  text: `
    UPDATE chat_servers SET name = given.name FROM unnest($1::text[], $2::text[]) AS given(id, name)
    WHERE chat_servers.id = given.id AND chat_servers.name <> given.name`,
};
