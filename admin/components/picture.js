(() => {
  const { AdminJS, AdminJSDesignSystem, React, ReactRouterDOM } = window;
  const { useTranslation } = AdminJS;
  const { ValueGroup } = AdminJSDesignSystem;
  const element = React.createElement;
  const promptOf = (record) => record.populated?.generation?.params?.prompt ?? '';

  /** A picture as operators see it, also while it is hidden from everyone else. */
  function Shown({ id, small = false, alt, width, height, deleted, hidden }) {
    const { translateLabel } = useTranslation();
    if (deleted) return element('span', { className: 'easel-no-picture' }, translateLabel('picture_deleted'));
    const src = `/admin/images/${id}${small ? '/thumbnail' : ''}`;
    return element(
      'span',
      { className: `easel-picture${hidden ? ' easel-is-hidden' : ''}` },
      element('img', { src, alt, width, height, loading: small ? 'lazy' : 'eager', decoding: 'async' }),
      hidden && element('span', { className: 'easel-mark' }, translateLabel('picture_hidden')),
    );
  }

  const describe = (record) => ({
    id: record.id,
    alt: promptOf(record),
    deleted: Boolean(record.params.deletedAt),
    hidden: Boolean(record.params.hiddenAt),
  });

  function Thumbnail({ record }) {
    return element('span', { className: 'easel-thumbnail' }, element(Shown, { ...describe(record), small: true }));
  }

  function Picture({ record }) {
    const { translateLabel } = useTranslation();
    const { width, height } = record.params;
    const prompt = promptOf(record);
    return element(
      React.Fragment,
      null,
      element(
        'a',
        { className: 'easel-large', href: record.params.deletedAt ? undefined : `/admin/images/${record.id}` },
        element(Shown, { ...describe(record), width, height }),
      ),
      prompt && element(ValueGroup, { label: translateLabel('picture_prompt') }, prompt),
      element(ValueGroup, { label: 'ID' }, record.id),
    );
  }

  /** A picture that another record is about, small, as a link to it. */
  function PictureLink({ property, record }) {
    const { translateAction } = useTranslation();
    const image = record.populated?.[property.path];
    if (!image) return record.params[property.path] ?? null;
    return element(
      ReactRouterDOM.Link,
      { className: 'easel-thumbnail', to: `/admin/resources/Image/records/${image.id}/show` },
      element(Shown, { ...describe(image), alt: promptOf(image) || translateAction('one_Image'), small: true }),
    );
  }

  function PictureLinkShown({ property, record, resource }) {
    const { translateProperty } = useTranslation();
    const label = translateProperty(property.label, resource.id);
    return element(ValueGroup, { label }, element(PictureLink, { property, record }));
  }

  function RelatedToGeneration({ property, record, resource }) {
    const { translateLabel, translateProperty } = useTranslation();
    const links = ['Image', 'QuotaEntry', 'Delivery'].map((model) => {
      const to = `/admin/resources/${model}?filters.generation=${record.id}`;
      return element('li', { key: model }, element(ReactRouterDOM.Link, { to }, translateLabel(model)));
    });
    return element(
      React.Fragment,
      null,
      element(ValueGroup, { label: translateProperty(property.label, resource.id) }, record.id),
      element(
        ValueGroup,
        { label: translateLabel('related_request') },
        element('ul', { className: 'easel-links' }, links),
      ),
    );
  }

  window.Easel.Shown = Shown;
  Object.assign(AdminJS.UserComponents, { Thumbnail, Picture, PictureLink, PictureLinkShown, RelatedToGeneration });
})();
