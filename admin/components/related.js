(() => {
  const { AdminJS, AdminJSDesignSystem, Easel, React, ReactRouterDOM } = window;
  const { useTranslation } = AdminJS;
  const { ValueGroup } = AdminJSDesignSystem;
  const element = React.createElement;
  const related = [
    ['Identity', 'account'],
    ['Generation', 'account'],
    ['Image', 'account'],
    ['QuotaEntry', 'account'],
    ['ApiKey', 'account'],
    ['Subscription', 'account'],
    ['PlanGrant', 'account'],
    ['Purchase', 'account'],
    ['Notice', 'account'],
    ['AuditEntry', 'accountId'],
  ];

  /** An account's id, what it has left, and a list each of what belongs to it. */
  function RelatedToAccount({ property, record, resource }) {
    const { translateLabel, translateProperty } = useTranslation();
    const links = related.map(([model, column]) => {
      const to = `/admin/resources/${model}?filters.${column}=${record.id}`;
      return element('li', { key: model }, element(ReactRouterDOM.Link, { to }, translateLabel(model)));
    });
    return element(
      React.Fragment,
      null,
      element(ValueGroup, { label: translateProperty(property.label, resource.id) }, record.id),
      record.facts &&
        element(ValueGroup, { label: translateLabel('quota') }, element(Easel.FactList, { facts: record.facts })),
      element(ValueGroup, { label: translateLabel('related') }, element('ul', { className: 'easel-links' }, links)),
    );
  }

  AdminJS.UserComponents.RelatedToAccount = RelatedToAccount;
})();
