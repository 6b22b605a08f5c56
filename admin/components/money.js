(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { useTranslation } = AdminJS;
  const { ValueGroup } = AdminJSDesignSystem;
  const element = React.createElement;
  const { language } = window.REDUX_STATE.locale;

  const dollars = new Intl.NumberFormat(language, { style: 'currency', currency: 'usd', maximumFractionDigits: 6 });

  /** A sum as people write it: as the server did, which knows of how many digits a currency is, or of millionths of a dollar. */
  function tell({ property, record }) {
    const amount = record.params[property.path];
    if (amount === null || amount === undefined || amount === '') return null;
    return property.props.micros ? dollars.format(amount / 1e6) : (record.money?.[property.path] ?? amount);
  }

  function Money(props) {
    return element('span', null, tell(props));
  }

  function MoneyShown(props) {
    const { translateProperty } = useTranslation();
    return element(ValueGroup, { label: translateProperty(props.property.label, props.resource.id) }, tell(props));
  }

  Object.assign(AdminJS.UserComponents, { Money, MoneyShown });
})();
