import { preparePictures } from './pictures.js';
import { localizeTimes } from './times.js';

const log = document.querySelector('#log');
const lines = document.querySelector('#lines');
const newest = document.querySelector('#newest');
/** What the server sent last for each line: the same again changes nothing. */
const known = new Map();

/** Puts a line where it belongs, or in the place of what it said before. The HTML is the server's, escaped there. */
export function putLine({ id, html }) {
  if (known.get(id) === html) return;
  known.set(id, html);
  const line = parse(html);
  const before = document.getElementById(line.id);
  // A key stays readable where it was shown, though it is kept masked.
  if (before?.dataset.once && !line.dataset.once) return;
  if (before) replace(before, line);
  else {
    if (line.classList.contains('you')) removePending(line.querySelector('.text').textContent);
    const next = [...lines.querySelectorAll('.line')].find((other) => (other.dataset.at ?? '~') > line.dataset.at);
    lines.insertBefore(line, next ?? null);
  }
  prepare(line);
}

/** Shows where a running generation stands. Only what differs is touched, so that its button can be pressed meanwhile. */
export function putProgress({ id, html }) {
  const says = document.querySelector(`#line-${CSS.escape(id)} .says`);
  if (!says?.querySelector('.bar')) return;
  // Read out once, when it appeared; every step of it would be noise.
  says.ariaLive = 'off';
  const next = parse(html);
  localizeTimes(next);
  for (const part of ['.text', '.buttons']) {
    const [now, then] = [says.querySelector(part), next.querySelector(part)];
    if (now && !then) now.remove();
    else if (now && now.outerHTML !== then.outerHTML) now.replaceWith(then);
  }
  const [bar, moved] = [says.querySelector('.bar'), next.querySelector('.bar')];
  if (!moved?.hasAttribute('value')) return;
  // The first step is no movement from wherever the restless bar happened to be.
  if (bar.hasAttribute('value')) bar.value = moved.value;
  else bar.replaceWith(moved);
}

/** A line that is on its way, until the server's own takes its place. */
export function putPending(text, speaker) {
  const line = document.createElement('article');
  line.className = 'line you pending';
  const heading = document.createElement('h2');
  heading.className = 'hidden';
  heading.textContent = speaker;
  const paragraph = document.createElement('p');
  paragraph.className = 'text';
  paragraph.textContent = text;
  const status = document.createElement('span');
  status.className = 'stamp';
  line.append(heading, paragraph, status);
  lines.append(line);
  scrollToNewest();
  return line;
}

export function scrollToNewest() {
  log.scrollTop = log.scrollHeight;
}

/** Makes what came with the page live. */
export function prepare(root) {
  localizeTimes(root);
  preparePictures(root);
}

function removePending(text) {
  const waiting = [...lines.querySelectorAll('.pending')];
  waiting.find((line) => line.querySelector('.text').textContent === text)?.remove();
}

function replace(before, line) {
  const focused = before.contains(document.activeElement);
  before.replaceWith(line);
  if (focused) (line.querySelector('.buttons button') ?? document.querySelector('#text')).focus();
}

function parse(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return template.content.firstElementChild;
}

log.addEventListener('scroll', () => {
  // Upside down, so that the end is 0 and what came before is negative.
  newest.hidden = log.scrollTop > -300;
  log.classList.toggle('away', log.scrollTop < -100);
});
newest.addEventListener('click', () => {
  scrollToNewest();
  document.querySelector('#text').focus({ preventScroll: true });
});
