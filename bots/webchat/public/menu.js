const box = document.querySelector('#text');
const menu = document.querySelector('#menu');
const patienceMs = 90;

let completions = [];
let active = -1;
let timer;
let asking = new AbortController();

/** Asks for completions of what is in the box now. */
export function refreshMenu() {
  clearTimeout(timer);
  asking.abort();
  // Commands begin with a slash, options with two dashes; a phone's keyboard makes one long dash of these.
  if (!/^\/|\s(--|—)/.test(box.value)) return closeMenu();
  timer = setTimeout(ask, patienceMs);
}

export function closeMenu() {
  clearTimeout(timer);
  asking.abort();
  completions = [];
  active = -1;
  menu.hidden = true;
  menu.replaceChildren();
  box.removeAttribute('aria-activedescendant');
}

/** Takes a key that is meant for the menu; answers whether it was. Enter chooses only what the arrows went to. */
export function takeKey(event) {
  if (menu.hidden) return false;
  if (event.key === 'ArrowDown') activate((active + 1) % completions.length);
  else if (event.key === 'ArrowUp') activate((active <= 0 ? completions.length : active) - 1);
  else if (event.key === 'Enter' && active >= 0) choose(active);
  else if (event.key === 'Tab' && !event.shiftKey) choose(Math.max(active, 0));
  else if (event.key === 'Escape') closeMenu();
  else return false;
  return true;
}

async function ask() {
  asking = new AbortController();
  const text = box.value;
  try {
    const response = await fetch(`/chat/suggest?text=${encodeURIComponent(text)}`, { signal: asking.signal });
    const answer = await response.json();
    if (box.value === text) show(answer.completions ?? []);
  } catch {
    closeMenu();
  }
}

function show(found) {
  completions = found;
  active = -1;
  box.removeAttribute('aria-activedescendant');
  menu.replaceChildren(...found.map(makeItem));
  menu.hidden = found.length === 0;
  menu.scrollTop = 0;
}

function makeItem({ label, description }, index) {
  const item = document.createElement('li');
  item.id = `completion-${index}`;
  item.role = 'option';
  item.ariaSelected = 'false';
  const name = document.createElement('b');
  name.textContent = label;
  const about = document.createElement('span');
  about.textContent = description;
  item.append(name, ' ', about);
  // Before the box loses focus.
  item.addEventListener('pointerdown', (event) => event.preventDefault());
  item.addEventListener('click', () => choose(index));
  return item;
}

function activate(index) {
  active = index;
  for (const [place, item] of [...menu.children].entries()) item.ariaSelected = String(place === index);
  menu.children[index].scrollIntoView({ block: 'nearest' });
  box.setAttribute('aria-activedescendant', `completion-${index}`);
}

function choose(index) {
  box.value = completions[index].text;
  closeMenu();
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
  box.dispatchEvent(new Event('input', { bubbles: true }));
}
