import { words } from './words.js';

const element = document.querySelector('#notice');
const shownMs = 10_000;

let state = null;
let note = element.textContent;
let timer;

/** Says something for a while. */
export function say(text) {
  note = text;
  show();
  clearTimeout(timer);
  timer = setTimeout(() => {
    note = '';
    show();
  }, shownMs);
}

/** Says, by its key, in what state the page is, until that is over (null). It goes before what is said for a while. */
export function showState(key) {
  state = key;
  show();
}

function show() {
  const text = state ? words[state] : note;
  if (element.textContent !== text) element.textContent = text;
}
