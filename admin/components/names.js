/** Gives AdminJS's own controls the names that it leaves out, for whoever cannot see what they look like; marks what is empty. */
(() => {
  const { locale } = window.REDUX_STATE;
  const say = (name) => locale.translations[locale.language]?.labels?.[`name_${name}`] ?? name;
  const pagers = ['first', 'previous', 'next', 'last'];

  function mend() {
    for (const button of document.querySelectorAll('#app button:not([aria-label]):not([title])')) {
      if (button.textContent.trim()) continue;
      const pager = pagers.find((name) => name === button.dataset.testid);
      button.setAttribute('aria-label', say(pager ?? (button.closest('form') ? 'close' : 'more')));
    }
    // What is wrong is said by the server, in the reader's words, at every field at once: not by the browser, at the first.
    for (const form of document.querySelectorAll('#app form')) form.noValidate = true;
    for (const input of document.querySelectorAll('#app form input:not([aria-label]):not([type="hidden"])'))
      if (!input.labels?.length) nameInput(input);
    // A control that is not ours to give a text to; in every language it says so.
    for (const hint of document.querySelectorAll('#app [class$="-placeholder"]'))
      if (hint.textContent === 'Select...') hint.textContent = say('choose');
    // Of a record's fields the style writes a dash where there is nothing but a name.
    for (const field of document.querySelectorAll('[data-testid^="property-show-"] > section')) {
      const name = field.querySelector('label')?.textContent ?? '';
      const isEmpty = field.textContent.trim() === name.trim() && !field.querySelector('img, input');
      field.toggleAttribute('data-empty', isEmpty);
    }
  }

  /** By the labels that stand before it in its group: its own, and the group's. */
  function nameInput(input) {
    const group = input.closest('[class*="FormGroup"]') ?? input.closest('form');
    const before = [...group.querySelectorAll('label')].filter(
      (label) => label.compareDocumentPosition(input) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    const names = [...new Set([before[0], before.at(-1)])].map((label) => label?.textContent.trim()).filter(Boolean);
    if (names.length) input.setAttribute('aria-label', names.join(', '));
  }

  let waiting = false;
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mend();
    });
  };
  window.addEventListener('DOMContentLoaded', () => {
    new MutationObserver(soon).observe(document.getElementById('app'), { childList: true, subtree: true });
    mend();
  });
})();
