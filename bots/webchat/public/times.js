import { language } from './words.js';

const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
const dayAndClock = new Intl.DateTimeFormat(language, {
  day: 'numeric',
  month: 'short',
  hour: 'numeric',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'long' });

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
