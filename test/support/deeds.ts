import type { Panel, Sent } from './panel.ts';

/** Doing and reading deeds over HTTP, as the page of a deed does. */
export function deedsOf(panel: Panel) {
  const path = (resource: string, id: string | null, name: string) =>
    id === null ? `/api/resources/${resource}/actions/${name}` : `/api/resources/${resource}/records/${id}/${name}`;

  return {
    /** Sends the form of a deed; `id` null for one of the whole resource. */
    send: (
      resource: string,
      id: string | null,
      name: string,
      form: Record<string, string> = {},
      as: Sent['as'] = 'operator',
    ) => panel.ask(path(resource, id, name), { as, method: 'POST', form: { reason: 'asked by mail', ...form } }),
    /** Opens its page: what it asks and what it tells. */
    async open(resource: string, id: string | null, name: string, as: Sent['as'] = 'operator') {
      const { body } = await panel.ask(path(resource, id, name), { as, form: { look: 'yes' } });
      return body.form ?? body.record?.form;
    },
    /** What the audit tells of a subject, the newest first. */
    audit: (subjectId: string) =>
      panel.core.database.prisma.auditEntry.findMany({ where: { subjectId }, orderBy: { id: 'desc' } }),
  };
}
