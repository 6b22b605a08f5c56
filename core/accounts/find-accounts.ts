import type { Database } from '../database/database.ts';

/** More accounts than anybody looks through. */
const most = 500;

/** No index knows shorter parts, but beginnings. */
const leastPart = 3;

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Ids of the accounts that operators mean by a text: part of an address or of a chat name (the
 * beginning, when it is one or two signs), or a whole id: of the account,
 * of a chat user, of a customer at the payment service, of a generation. At most 500.
 */
export function createFindAccounts({ database }: { database: Pick<Database, 'run'> }) {
  return async function findAccounts(text: string): Promise<string[]> {
    const wanted = text.trim().replace(/^@/, '');
    if (!wanted || wanted.includes('\0')) return [];
    const id = uuid.test(wanted) ? wanted : null;
    const plain = wanted.toLowerCase().replaceAll(/[\\%_]/g, '\\$&');
    const part = wanted.length < leastPart ? `${plain}%` : `%${plain}%`;
    const rows = await database.run<{ id: string }>(find, [wanted, part, id, most]);
    return rows.map((row) => row.id);
  };
}

// One question an index each.
const find = {
  name: 'accounts_find',
  text: `
    (SELECT id FROM accounts WHERE email LIKE $2 LIMIT $4)
    UNION (SELECT account_id FROM identities WHERE lower(display_name) LIKE $2 LIMIT $4)
    UNION (SELECT account_id FROM identities WHERE platform IN ('discord', 'telegram', 'web') AND platform_user_id = $1)
    UNION (SELECT id FROM accounts WHERE stripe_customer_id = $1)
    UNION (SELECT id FROM accounts WHERE id = $3::uuid)
    UNION (SELECT account_id FROM generations WHERE id = $3::uuid)
    LIMIT $4`,
};
