import { putLine, putPending } from './lines.js';
import { say } from './notices.js';
import { makeId, post, Refused } from './requests.js';
import { words } from './words.js';

const store = 'easel.unsent';
const longestWaitMs = 15_000;

/** Messages that the server has not taken yet, oldest first. They outlive a reload. */
const unsent = [];
let sending = false;
let timer;
let waitMs = 500;

/** Sends a message; until the server has it, it is tried again and again under the same id. */
export function send(text) {
  enqueue({ id: makeId(), text });
  keep();
  void flush();
}

/** Tries what is left at once, as when the connection is back. */
export function sendAgain() {
  waitMs = 500;
  void flush();
}

/** Presses a button. */
export async function press(data, lineId) {
  try {
    show(await post('/chat/actions', { data, lineId, id: makeId() }));
  } catch (error) {
    say((error instanceof Refused && error.message) || words.failed);
  }
}

async function flush() {
  clearTimeout(timer);
  if (sending) return;
  sending = true;
  try {
    while (unsent.length) await sendFirst();
    waitMs = 500;
  } catch {
    for (const { line } of unsent) line.querySelector('.stamp').textContent = words.unsent;
    timer = setTimeout(flush, waitMs);
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }
  sending = false;
}

async function sendFirst() {
  const { id, text, line } = unsent[0];
  line.querySelector('.stamp').textContent = '';
  try {
    show(await post('/chat/messages', { id, text }));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message || words.failed);
    giveBack(text);
  }
  unsent.shift();
  line.remove();
  keep();
}

function show({ lines, notice, account }) {
  for (const line of lines) putLine(line);
  if (notice) say(notice);
  const who = document.querySelector('#who');
  const name = account?.email ?? words.guest;
  if (who.textContent !== name && !who.textContent.endsWith(` ${name}`)) who.textContent = name;
}

/** A text that was refused goes back into the box, unless something else was begun there. */
function giveBack(text) {
  const box = document.querySelector('#text');
  if (box.value) return;
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}

function enqueue({ id, text }) {
  unsent.push({ id, text, line: putPending(text, words.you) });
}

function keep() {
  sessionStorage.setItem(store, JSON.stringify(unsent.map(({ id, text }) => ({ id, text }))));
}

for (const message of JSON.parse(sessionStorage.getItem(store) ?? '[]')) enqueue(message);
if (unsent.length) void flush();
