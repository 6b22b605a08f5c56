/** Of Prisma, of Node's sockets, and of Postgres where it ends a connection or does not take one yet. */
const codes = new Set(['P1001', 'P1002', 'P1017', 'P2024', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P03']);
/** What node-postgres says of a connection that is gone or never came has no code. */
const saying = /connection terminated|timeout exceeded when trying to connect/i;

/** Whether something failed because Postgres could not be reached: it may be there again in a moment. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return codes.has(String(code)) || saying.test(error.message);
}
