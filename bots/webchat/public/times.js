import { language } from './words.js';

const locale = pickLocale();
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
const dayAndClock = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
const distance = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

const minuteMs = 60_000;
/** Units of time from the largest, and how many milliseconds each has. */
const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', minuteMs],
];

/** Writes every time below `root` in the reader's own time zone; or as how far off it is, `in 3 hours`. */
export function localizeTimes(root) {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    if (element.matches('[data-distance]')) show(element, tellDistance(at));
    else element.textContent = tellTime(at);
    element.title = whole.format(at);
  }
}

/** It changes while it is looked at: that is nothing to be read out. */
function show(element, text) {
  element.ariaLive = 'off';
  if (element.textContent !== text) element.textContent = text;
}

function tellTime(at) {
  const today = at.toDateString() === new Date().toDateString();
  return (today ? clock : dayAndClock).format(at);
}

function tellDistance(at) {
  const ms = at.getTime() - Date.now();
  if (Math.abs(ms) < minuteMs) return distance.format(0, 'second');
  const [unit, length] = units.find(([, each]) => Math.abs(ms) >= each);
  return distance.format(Math.round(ms / length), unit);
}

// A page that stays open goes on telling how long it is.
setInterval(() => {
  for (const text of document.querySelectorAll('.text:has([data-distance])')) localizeTimes(text);
}, minuteMs);

/** The page's language as the reader's own country writes it, when the browser tells. */
function pickLocale() {
  const wanted = navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
  try {
    return Intl.getCanonicalLocales(wanted)[0];
  } catch {
    // Some browsers pass on what the system calls its locale, `en-US@posix`.
    return language;
  }
}
