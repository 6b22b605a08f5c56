(() => {
  const { AdminJS, AdminJSDesignSystem, React, ReactRouterDOM } = window;
  const { useTranslation } = AdminJS;
  const { ValueGroup } = AdminJSDesignSystem;
  const { Link } = ReactRouterDOM;
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

  /** What it was done to, with a way there, also if that leads to where it is told that it is gone. */
  function DeedSubject({ property, record, resource, where }) {
    const { translateProperty } = useTranslation();
    const { subjectType, accountId, ...params } = record.params;
    const id = property.path === 'accountId' ? accountId : params.subjectId;
    const type = property.path === 'accountId' ? 'Account' : subjectType;
    const shown = id && leads(type, id) ? element(Link, { to: `/admin/resources/${type}/records/${id}/show` }, id) : id;
    if (where === 'list') return element('span', null, shown);
    return element(ValueGroup, { label: translateProperty(property.label, resource.id) }, shown);
  }

  /** Of a list that was taken as a file only the kind is known. */
  function leads(type, id) {
    return window.REDUX_STATE.resources.some((resource) => resource.id === type) && !['csv', 'json'].includes(id);
  }

  Object.assign(AdminJS.UserComponents, { DeedOutcome, DeedEnd, DeedSubject });
})();
