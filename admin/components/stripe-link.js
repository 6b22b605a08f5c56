(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { useTranslation } = AdminJS;
  const { ValueGroup } = AdminJSDesignSystem;
  const element = React.createElement;

  /** An id of Stripe's, and a link to what it names there. */
  function StripeLink({ property, record, resource }) {
    const { translateLabel, translateProperty } = useTranslation();
    const id = record.params[property.path];
    const link = id && {
      href: property.props.pages + encodeURIComponent(id),
      target: '_blank',
      rel: 'noopener noreferrer',
    };
    return element(
      ValueGroup,
      { label: translateProperty(property.label, resource.id) },
      id ?? '–',
      link && ' · ',
      link && element('a', link, `${translateLabel('open_stripe')} ↗`),
    );
  }

  AdminJS.UserComponents.StripeLink = StripeLink;
})();
