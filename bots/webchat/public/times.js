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

/** Writes every time below `root` in the reader's own time zone. */
export function localizeTimes(root) {
  for (const element of root.querySelectorAll('time[datetime]')) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const today = at.toDateString() === new Date().toDateString();
    element.textContent = (today ? clock : dayAndClock).format(at);
    element.title = whole.format(at);
  }
}

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
