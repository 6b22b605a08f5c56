import { constants, createDeflate, deflateSync } from 'node:zlib';
import type { RawData, WebSocket } from 'ws';
import type { Wire } from '../model/state.ts';
import { isRecord } from '../rest/form.ts';
import type { Frame } from './codes.ts';
import { Close, Op } from './codes.ts';
import type { IdentifyRules } from './identify.ts';
import { readIdentify } from './identify.ts';
import type { Session, Sessions } from './sessions.ts';

const MAX_FRAME_BYTES = 4_096;
const FRAMES_PER_MINUTE = 120;

export type ConnectionRules = IdentifyRules & {
  sessions: Sessions;
  heartbeatMs: number;
  /** Whether heartbeats are answered now; a test silences them to make a zombie. */
  acknowledges(): boolean;
  /** Takes one session start; false when there is none left or another came within the interval. */
  mayStart(): boolean;
  ready(session: Session): Wire;
  changed(): void;
};

/** Speaks the gateway's protocol with one connected bot until the socket closes. */
export function serveConnection(socket: WebSocket, compressed: boolean, rules: ConnectionRules): void {
  let session: Session | null = null;
  let sender: Session['send'] = null;
  const write = compressed ? createStreamWriter(socket) : (text: string) => socket.send(text);
  const send = (frame: Wire) => write(JSON.stringify({ t: null, s: null, ...frame }));
  const close = (code: number) => socket.close(code);
  const watch = createHeartbeatWatch(rules.heartbeatMs, () => close(Close.sessionTimedOut));
  const arrivals: number[] = [];

  function attach(next: Session, through: (frame: Wire) => void): void {
    sender = through;
    next.send = through;
    session = next;
    rules.changed();
  }

  function identify(d: unknown) {
    const identity = readIdentify(d, rules);
    if (typeof identity === 'number') return close(identity);
    if (!rules.mayStart()) return send({ op: Op.invalidSession, d: false });
    const opened = rules.sessions.open(identity);
    const sendPacked = (frame: Wire) => socket.send(deflateSync(JSON.stringify({ t: null, s: null, ...frame })));
    attach(opened, identity.compress ? sendPacked : send);
    rules.sessions.dispatch(opened, 'READY', rules.ready(opened));
  }

  function resume(d: unknown) {
    if (!isRecord(d)) return close(Close.decodeError);
    if (d.token !== rules.token) return close(Close.authenticationFailed);
    const known = rules.sessions.all.get(String(d.session_id));
    if (!known) return send({ op: Op.invalidSession, d: false });
    const seen = Number(d.seq);
    if (!Number.isInteger(seen) || seen > known.sequence) return close(Close.invalidSequence);
    const missed = known.sent.filter((frame) => (frame.s as number) > seen);
    attach(known, send);
    for (const frame of missed) send(frame);
    rules.sessions.dispatch(known, 'RESUMED', { _trace: [] });
  }

  function receive(frame: Frame) {
    if (frame.op === Op.heartbeat) {
      watch.beat();
      if (rules.acknowledges()) send({ op: Op.heartbeatAck });
    } else if (frame.op === Op.identify || frame.op === Op.resume) {
      if (session) return close(Close.alreadyAuthenticated);
      frame.op === Op.identify ? identify(frame.d) : resume(frame.d);
    } else if (!session) close(Close.notAuthenticated);
    else if (![Op.presence, Op.voiceState, Op.requestMembers].includes(frame.op as 3)) close(Close.unknownOpcode);
  }

  socket.on('message', (data) => {
    const now = Date.now();
    arrivals.push(now);
    while ((arrivals[0] ?? now) <= now - 60_000) arrivals.shift();
    if (arrivals.length > FRAMES_PER_MINUTE) return close(Close.rateLimited);
    const frame = decode(data);
    frame ? receive(frame) : close(Close.decodeError);
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', (code) => {
    watch.stop();
    if (session && session.send === sender) session.send = null;
    // A bot that leaves with one of these codes ends its session; after any other end it can resume.
    if (session && (code === 1000 || code === 1001)) rules.sessions.end(session);
    rules.changed();
  });
  send({ op: Op.hello, d: { heartbeat_interval: rules.heartbeatMs, _trace: [] } });
}

function decode(data: RawData): Frame | null {
  const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data as ArrayBuffer);
  if (bytes.byteLength > MAX_FRAME_BYTES) return null;
  try {
    const frame: unknown = JSON.parse(bytes.toString());
    return isRecord(frame) && typeof frame.op === 'number' ? { op: frame.op, d: frame.d } : null;
  } catch {
    return null;
  }
}

/** Closes a connection whose heartbeat is half an interval late. */
function createHeartbeatWatch(intervalMs: number, onLate: () => void) {
  const start = () => setTimeout(onLate, intervalMs * 1.5).unref();
  let timer = start();
  return {
    beat() {
      clearTimeout(timer);
      timer = start();
    },
    stop: () => clearTimeout(timer),
  };
}

/** `compress=zlib-stream`: one zlib context for the connection, flushed after every frame. */
function createStreamWriter(socket: WebSocket): (text: string) => void {
  const deflate = createDeflate({ flush: constants.Z_SYNC_FLUSH });
  let pending: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => pending.push(chunk));
  return (text) => {
    deflate.write(text);
    deflate.flush(constants.Z_SYNC_FLUSH, () => {
      if (pending.length > 0) socket.send(Buffer.concat(pending));
      pending = [];
    });
  };
}
