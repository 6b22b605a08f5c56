import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { ChatCore } from './core.ts';

const year = 365 * 24 * 60 * 60 * 1000;

export type Visitors = ReturnType<typeof createVisitors>;

/**
 * Who sits in front of a browser: a random 128-bit id in a signed cookie. The id names the person in the chat, as a
 * user id does on other platforms; it is never shown to anyone else.
 */
export function createVisitors({ secrets, settings }: Pick<ChatCore, 'secrets' | 'settings'>) {
  const key = secrets.derive('webchat');
  const secure = settings.publicUrl.startsWith('https:');
  const cookieName = secure ? '__Host-easel_chat' : 'easel_chat';
  const sign = (id: string) => createHmac('sha256', key).update(`visitor ${id}`).digest('base64url');

  /** The visitor whose cookie this request carries; null for none and for one that was not signed here. */
  function read(request: Request): string | null {
    const [id = '', signature = ''] = readCookie(request.headers.cookie, cookieName).split('.');
    const expected = Buffer.from(sign(id));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected) ? id : null;
  }

  /** A new visitor that no browser knows of yet. */
  function mint(): string {
    return randomBytes(16).toString('base64url');
  }

  /** Makes a new visitor and tells the browser. */
  function create(response: Response): string {
    const id = mint();
    keep(response, id);
    return id;
  }

  /** Sends the cookie, also to move its end a year ahead. */
  function keep(response: Response, id: string): void {
    const options = { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: year } as const;
    response.cookie(cookieName, `${id}.${sign(id)}`, options);
  }

  /**
   * The id of the line that `part` of a request becomes. Always the same for the same request, so that a double send is
   * one line, and never one that another visitor could name.
   */
  function lineId(visitorId: string, requestId: string, part: 'question' | 'answer' | 'notice'): string {
    const digits = createHmac('sha256', key).update(`line ${visitorId} ${requestId} ${part}`).digest('hex');
    return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-a$4-$5');
  }

  return { read, mint, create, keep, lineId };
}

/** A name for logs that does not give the visitor away. */
export function pseudonym(visitorId: string): string {
  return hash('sha256', visitorId).slice(0, 12);
}

function readCookie(header: string | undefined, name: string): string {
  const prefix = `${name}=`;
  const pair = header?.split(/;\s*/).find((part) => part.startsWith(prefix));
  return pair?.slice(prefix.length) ?? '';
}
