/** What we add to AdminJS in the browser, over the globals that its scripts have put there. */
(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { ApiClient, useTranslation } = AdminJS;
  const { Box, H2, H3, Text } = AdminJSDesignSystem;
  const element = React.createElement;

  const looking = ['list', 'search', 'show', 'edit', 'new'];
  const counts = ['accounts', 'generations', 'waiting', 'images', 'failed'];

  // AdminJS asks for actions without a page of their own by GET. What changes something goes by POST here.
  for (const name of ['recordAction', 'resourceAction', 'bulkAction']) {
    const call = ApiClient.prototype[name];
    ApiClient.prototype[name] = function (options) {
      const changes = !looking.includes(options.actionName);
      return call.call(this, changes ? { ...options, method: 'post' } : options).catch(signInAgain);
    };
  }

  function signInAgain(error) {
    if (error.response?.status === 401) {
      const { pathname, search } = window.location;
      window.location.assign(`/sign-in?${new URLSearchParams({ to: pathname + search })}`);
    }
    throw error;
  }

  function Dashboard() {
    const { translateLabel } = useTranslation();
    const [shown, show] = React.useState(null);
    React.useEffect(() => {
      new ApiClient()
        .getDashboard()
        .then(({ data }) => show(data))
        .catch(signInAgain);
    }, []);
    const cards = counts.map((name) =>
      element(
        Box,
        { key: name, variant: 'card', p: 'lg', style: { minWidth: '11rem' } },
        element(Text, { color: 'grey100' }, translateLabel(`count_${name}`)),
        element(H2, { mt: 'default', mb: 0 }, shown ? shown[name].toLocaleString() : '…'),
      ),
    );
    return element(
      Box,
      { p: 'xxl' },
      element(H3, { mb: 'xl' }, translateLabel('dashboard')),
      element('div', { style: { display: 'flex', flexWrap: 'wrap', gap: '1rem' } }, cards),
    );
  }

  AdminJS.UserComponents = { Dashboard };
})();
