(() => {
  const { AdminJS, React } = window;

  /** The queues have a page of their own, outside of AdminJS; this brings there. */
  function Queues() {
    const { translateLabel } = AdminJS.useTranslation();
    React.useEffect(() => window.location.replace('/admin/queues/'), []);
    return React.createElement('p', { className: 'easel-overview' }, [
      React.createElement('a', { key: 'link', href: '/admin/queues/' }, translateLabel('Queues')),
    ]);
  }

  AdminJS.UserComponents.Queues = Queues;
})();
