(() => {
  const { AdminJS, AdminJSDesignSystem, Easel, React } = window;
  const { ApiClient, useTranslation } = AdminJS;
  const { Box, H2, H3, Text } = AdminJSDesignSystem;
  const element = React.createElement;
  const counts = ['accounts', 'generations', 'waiting', 'images', 'failed'];

  function Dashboard() {
    const { translateLabel } = useTranslation();
    const [shown, show] = React.useState(null);
    React.useEffect(() => {
      new ApiClient()
        .getDashboard()
        .then(({ data }) => show(data))
        .catch(Easel.signInAgain);
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

  AdminJS.UserComponents.Dashboard = Dashboard;
})();
