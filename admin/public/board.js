/** Gives the queue view what people without eyes need: names for its buttons of pictures alone, a heading. */
(() => {
  const { actions } = document.currentScript.dataset;
  const nameless = 'button:not([aria-label]):not([title])';

  function mend() {
    for (const button of document.querySelectorAll(nameless))
      if (!button.innerText.trim()) button.setAttribute('aria-label', actions);
    for (const drawing of document.querySelectorAll('svg[role="img"]:not([aria-label]):not([aria-hidden])'))
      if (!drawing.querySelector('title')) drawing.setAttribute('aria-hidden', 'true');
    // What its badges say is what they are called; the longer label leaves that out.
    for (const badge of document.querySelectorAll('[class*="workersBadge"][aria-label]')) {
      if (!badge.title) badge.title = badge.getAttribute('aria-label');
      badge.removeAttribute('aria-label');
    }
    const logo = document.querySelector('img[alt]:not([alt=""])[class*="logo"], header img[alt]:not([alt=""])');
    if (logo && document.body.textContent.includes(logo.alt)) logo.alt = '';
    if (!document.querySelector('h1') && document.querySelector('#root > *')) {
      const heading = document.createElement('h1');
      heading.textContent = document.title;
      heading.className = 'easel-hidden';
      document.body.prepend(heading);
    }
  }

  new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
  mend();
})();
