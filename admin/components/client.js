/** How the panel's pages ask the server, and what all components of ours share. */
(() => {
  const { AdminJS, React } = window;
  const { ApiClient } = AdminJS;
  const looking = ['list', 'search', 'show', 'edit', 'new', 'review'];

  // AdminJS asks for actions without a page of their own by GET. What changes something goes by POST here, and the page
  // of a deed says that it only looks.
  for (const name of ['recordAction', 'resourceAction', 'bulkAction']) {
    const call = ApiClient.prototype[name];
    ApiClient.prototype[name] = function (options) {
      if (looking.includes(options.actionName))
        return call
          .call(this, options)
          .catch(signInAgain)
          .then(keepRecord, tellFailure(options))
          .then(tellCount)
          .then(tellMissing);
      const opened = !options.data && hasPage(options);
      const asked = { ...options, method: 'post', ...(opened ? { data: { look: 'yes' } } : {}) };
      return call.call(this, asked).catch(signInAgain);
    };
  }

  function hasPage({ resourceId, actionName }) {
    const resource = window.REDUX_STATE.resources.find(({ id }) => id === resourceId);
    return resource?.actions.find(({ name }) => name === actionName)?.component !== false;
  }

  /** Above this many rows a list is told to have more when filtered, and as many as reckoned when whole. */
  const mostCounted = 10_000;

  /** Shows beside the title of a list how far its number of rows is to be trusted; its pages reckon with it as before. */
  function tellCount(response) {
    const { meta } = response.data;
    if (!(meta?.total > mostCounted)) return response;
    const { total } = meta;
    const format = (number) => number.toLocaleString(window.REDUX_STATE.locale.language);
    const text = total === mostCounted + 1 ? `${format(mostCounted)}+` : `≈ ${format(total)}`;
    meta.total = Object.assign(Object(total), { toString: () => text });
    return response;
  }

  /** A record that is not there is told in the reader's words; AdminJS has English ones for it alone. */
  function tellMissing(response) {
    const { notice } = response.data;
    if (notice?.type === 'error' && / cannot be found in resource /.test(notice.message)) notice.message = 'fault_gone';
    return response;
  }

  /** The record that was looked at last. */
  let kept = null;

  function keepRecord(response) {
    const { record } = response.data;
    if (record) kept = record;
    const [faulty] = Object.keys(record?.errors ?? {});
    if (faulty) lookAt(faulty);
    return response;
  }

  /** A long form may end far below what is wrong in it. */
  function lookAt(property) {
    const field = document.querySelector(`[data-testid="property-edit-${CSS.escape(property)}"]`);
    field?.scrollIntoView({ block: 'center' });
    field?.querySelector('input, textarea')?.focus({ preventScroll: true });
  }

  /** What the server says of a fault of its own, as a notice; what was typed into a form stays there. */
  function tellFailure({ recordId }) {
    return (error) => {
      const message = error.response?.data?.error?.message;
      if (!message) throw error;
      const record =
        recordId && kept?.id === recordId ? kept : { recordActions: [], baseError: { type: 'AppError', message } };
      return {
        data: {
          notice: { type: 'error', message, options: { defaultValue: message } },
          record: { ...record, params: {}, populated: {}, errors: {} },
          records: [],
          meta: { total: 0, page: 1, perPage: 10, direction: null, sortBy: null },
        },
      };
    };
  }

  function signInAgain(error) {
    if (error.response?.status === 401) signIn();
    throw error;
  }

  function signIn() {
    const { pathname, search } = window.location;
    window.location.assign(`/sign-in?${new URLSearchParams({ to: pathname + search })}`);
  }

  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

  /** Numbers and times as people write them here, times of UTC as what is asked beside them; what is not known is a dash. */
  function showFact(value) {
    if (value === null || value === '') return '–';
    const { language } = window.REDUX_STATE.locale;
    if (typeof value === 'number') return value.toLocaleString(language);
    if (!instant.test(value)) return String(value);
    const options = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' };
    return `${new Date(value).toLocaleString(language, options)} UTC`;
  }

  /** Names and values, with words under `panel.fields`, and for values that are words of ours under `panel.values`. */
  function FactList({ facts }) {
    const { translateLabel } = AdminJS.useTranslation();
    const show = (name, value) =>
      typeof value === 'string' && /^[a-z_]+$/.test(value)
        ? translateLabel(`${name}.${value}`, undefined, { defaultValue: value })
        : showFact(value);
    const rows = Object.entries(facts).flatMap(([name, value]) => [
      React.createElement('dt', { key: `${name}-name` }, translateLabel(`deed_${name}`)),
      React.createElement('dd', { key: name }, show(name, value)),
    ]);
    return React.createElement('dl', { className: 'easel-facts', 'aria-live': 'polite' }, rows);
  }

  window.Easel = { signInAgain, FactList };
  AdminJS.UserComponents = {};
})();
