import type pg from 'pg';

/** What the asked account's questions name: places in its lists, times of its history, its things. */
export type Places = {
  /** Cursors to the middle of its lists. */
  generations: string;
  images: string;
  /** All but the oldest and the newest twentieth of its pictures were made between them. */
  from: string;
  to: string;
  /** Some of its pictures, whose bytes are there. */
  pictures: { id: string; key: string }[];
  endpoint: string;
  deliveries: string;
};

const account = `(SELECT id FROM accounts WHERE email = 'member-0@example.com')`;
const endpoint = `(SELECT id FROM webhook_endpoints WHERE account_id = ${account})`;

/** Looks them up in a seeded database. */
export async function readPlaces(client: pg.Client): Promise<Places> {
  const query = async <Row>(text: string) => (await client.query(text)).rows as Row[];
  const at = async (table: string, condition: string, share: number) => {
    const [row] = await query<{ at: Date; id: string }>(
      `SELECT created_at AS at, id FROM ${table} WHERE ${condition} ORDER BY created_at DESC, id DESC
        OFFSET (SELECT floor(count(*) * ${share}) FROM ${table} WHERE ${condition}) LIMIT 1`,
    );
    return row as NonNullable<typeof row>;
  };
  const cursor = ({ at, id }: { at: Date; id: string }) =>
    Buffer.from(JSON.stringify([at.getTime(), id])).toString('base64url');
  const own = `account_id = ${account}`;
  const [{ id }] = (await query<{ id: string }>(`SELECT ${endpoint} AS id`)) as [{ id: string }];
  return {
    generations: cursor(await at('generations', own, 0.5)),
    images: cursor(await at('images', own, 0.5)),
    from: (await at('images', own, 0.95)).at.toISOString(),
    to: (await at('images', own, 0.05)).at.toISOString(),
    pictures: await query(
      `SELECT id, storage_key AS key FROM images WHERE ${own} AND deleted_at IS NULL ORDER BY md5(storage_key) LIMIT 50`,
    ),
    endpoint: id,
    deliveries: cursor(await at('webhook_deliveries', `endpoint_id = ${endpoint}`, 0.5)),
  };
}
