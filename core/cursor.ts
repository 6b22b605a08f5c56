import { z } from 'zod';
import { AppError } from './errors.ts';

/** Where a list goes on: after this row, in the order newest first. */
export type Cursor = { createdAt: Date; id: string };
/** One page of a list; `nextCursor` is null at its end. Rows added in the meantime neither repeat nor hide any. */
export type Page<T> = { items: T[]; nextCursor: string | null };

const cursorSchema = z.tuple([z.int().min(0).max(8_640_000_000_000_000), z.uuid()]);

/** Text that stands for a place in a list; callers hand it back as it is. */
function writeCursor({ createdAt, id }: Cursor): string {
  return Buffer.from(JSON.stringify([createdAt.getTime(), id])).toString('base64url');
}

/** Throws AppError `invalid_input` for what no list has answered. */
export function readCursor(text: string): Cursor {
  try {
    const [time, id] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { createdAt: new Date(time), id };
  } catch (error) {
    throw new AppError('invalid_input', { field: 'cursor', allowed: 'next_cursor' }, { cause: error });
  }
}

/** Cuts what was read, one row more than a page holds, to a page. */
export function toPage<T extends Cursor>(rows: readonly T[], limit: number): Page<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? writeCursor(last) : null };
}
