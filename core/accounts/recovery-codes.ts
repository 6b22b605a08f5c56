import { createHmac, randomInt } from 'node:crypto';
import type { Prisma } from '@prisma/client';

const howMany = 10;
const length = 10;
/** Crockford's: no letter that is taken for a digit or for another. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

type Client = Pick<Prisma.TransactionClient, 'recoveryCode'>;

/** Codes to write down, of 50 random bits each, for when the authenticator app is lost. */
export function createRecoveryCodes({ key }: { key: Uint8Array }) {
  const hash = (accountId: string, code: string) =>
    Uint8Array.from(
      createHmac('sha256', key)
        .update(`${accountId}:${plainOf(code)}`)
        .digest(),
    );

  /** Replaces all codes of an account by ten new ones. They are answered here and never again. */
  async function replace(client: Client, accountId: string): Promise<string[]> {
    const codes = Array.from({ length: howMany }, makeCode);
    await client.recoveryCode.deleteMany({ where: { accountId } });
    await client.recoveryCode.createMany({
      data: codes.map((code) => ({ accountId, codeHash: hash(accountId, code) })),
    });
    return codes;
  }

  /** Uses a code up; false when it is none of the account's or was used. Of many at once one gets true. */
  async function use(client: Client, accountId: string, code: string, now: Date): Promise<boolean> {
    const used = await client.recoveryCode.updateMany({
      where: { accountId, codeHash: hash(accountId, code), usedAt: null },
      data: { usedAt: now },
    });
    return used.count === 1;
  }

  return { replace, use };
}

function makeCode(): string {
  const code = Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`;
}

/** A code as typed by hand. */
function plainOf(code: string): string {
  return code.normalize('NFKC').toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
