/** What the script says, in the page's language. */
export const words = JSON.parse(document.body.dataset.words);
export const language = document.documentElement.lang;
