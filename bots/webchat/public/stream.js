import { putLine, putProgress } from './lines.js';
import { showState } from './notices.js';
import { sendAgain } from './sender.js';

/** A restart is over sooner than that; only what takes longer is worth a word. */
const patienceMs = 2_500;
const retryMs = 3_000;

let since = document.body.dataset.since;
let source;
let patience;

/** Follows the conversation for as long as the page is open, through restarts and lost connections. */
export function follow() {
  source?.close();
  source = new EventSource(`/chat/events?since=${encodeURIComponent(since)}`);
  source.addEventListener('open', settle);
  source.addEventListener('error', lose);
  source.addEventListener('line', (event) => {
    since = event.lastEventId || since;
    putLine(JSON.parse(event.data));
  });
  source.addEventListener('progress', (event) => putProgress(JSON.parse(event.data)));
}

function settle() {
  clearTimeout(patience);
  patience = undefined;
  showState(null);
  sendAgain();
}

function lose() {
  patience ??= setTimeout(() => showState(navigator.onLine ? 'away' : 'offline'), patienceMs);
  // The browser tries again by itself unless it was answered with anything but a stream.
  if (source.readyState === EventSource.CLOSED) setTimeout(follow, retryMs);
}

window.addEventListener('offline', () => showState('offline'));
window.addEventListener('online', follow);
