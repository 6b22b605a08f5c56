import { prepare, scrollToNewest } from './lines.js';
import { closeMenu, refreshMenu, takeKey } from './menu.js';
import { openPicture } from './pictures.js';
import { press, send } from './sender.js';
import { follow } from './stream.js';

const box = document.querySelector('#text');
const composer = document.querySelector('#composer');
const draft = 'easel.draft';

// The box says nothing about being empty; Enter on nothing does nothing.
composer.noValidate = true;

box.addEventListener('input', () => {
  sessionStorage.setItem(draft, box.value);
  fitBox();
  refreshMenu();
});
box.addEventListener('keydown', (event) => {
  // Enter that ends the choice of a character, as in Japanese, is not ours.
  if (event.isComposing) return;
  if (takeKey(event)) event.preventDefault();
  else if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    composer.requestSubmit();
  }
});
box.addEventListener('blur', closeMenu);

composer.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) return;
  send(text);
  write('');
  scrollToNewest();
});

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event;
  if (form.matches('.examples')) {
    event.preventDefault();
    send(submitter.value);
  }
  if (form.matches('.buttons')) {
    event.preventDefault();
    void pressOnce(form, submitter);
  }
});

document.addEventListener('click', (event) => {
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
  const picture = event.target.closest('.picture');
  if (picture && plain) {
    event.preventDefault();
    openPicture(picture);
  }
  const command = event.target.closest('.example.command');
  if (command) {
    write(command.dataset.text);
    box.focus();
  }
});

async function pressOnce(form, submitter) {
  const buttons = form.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  await press(submitter.value, form.elements.lineId.value);
  for (const button of buttons) button.disabled = false;
}

function write(text) {
  box.value = text;
  sessionStorage.setItem(draft, text);
  fitBox();
  closeMenu();
}

/** The box grows with its text; newer browsers do that by themselves. */
function fitBox() {
  if (CSS.supports('field-sizing', 'content')) return;
  box.style.height = 'auto';
  box.style.height = `${box.scrollHeight}px`;
}

// A token that did not work is of no use in the address, and one that did must not be shared.
if (location.search) history.replaceState(null, '', location.pathname);
prepare(document);
if (!box.value) write(sessionStorage.getItem(draft) ?? '');
if (matchMedia('(pointer: fine)').matches) box.focus({ preventScroll: true });
follow();
