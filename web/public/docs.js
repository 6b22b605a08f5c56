// Swagger UI has dark colours, and leaves to its page when they are shown.
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followScheme);
followScheme();

// Starts Swagger UI. The key stays in the page: a reload forgets it.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  tryItOutEnabled: true,
  // Nothing of the document is sent to anyone to be checked.
  validatorUrl: null,
  // Asked here, under whatever name this page was opened: the policy allows nothing else.
  requestInterceptor: (request) => {
    const { pathname, search } = new URL(request.url, window.location.href);
    return Object.assign(request, { url: window.location.origin + pathname + search });
  },
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
});
