(() => {
  const { AdminJS, AdminJSDesignSystem, React } = window;
  const { useTranslation } = AdminJS;
  const { ValueGroup } = AdminJSDesignSystem;
  const element = React.createElement;

  /** In the list of deeds whether it was done, in a word; or the sentence that nobody knows. */
  function DeedOutcome({ record }) {
    const { translateLabel } = useTranslation();
    const { after } = record.params;
    if (!after) return element(Begun);
    return element('span', null, translateLabel('failed' in JSON.parse(after) ? 'deed_broke' : 'deed_ended'));
  }

  /** In its record what was after it. */
  function DeedEnd({ property, record, resource }) {
    const { translateProperty } = useTranslation();
    const { after } = record.params;
    const shown = after ? element('pre', null, after) : element(Begun);
    return element(ValueGroup, { label: translateProperty(property.label, resource.id) }, shown);
  }

  function Begun() {
    const { translateLabel } = useTranslation();
    return element('b', { className: 'easel-begun' }, translateLabel('deed_begun'));
  }

  Object.assign(AdminJS.UserComponents, { DeedOutcome, DeedEnd });
})();
