import type { ZodObject, ZodType } from 'zod';
import type { ErrorCode, Scope } from '../../core/index.ts';

/** One operation of the REST API, as the OpenAPI document tells it. The schemas are those that validate. */
export type RouteDescription = {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With parameters in braces: `/v1/images/{id}`. */
  path: string;
  summary: string;
  description?: string;
  /** The heading it stands under in the documentation. */
  tag: 'Generations' | 'Images' | 'Account' | 'Webhooks' | 'OpenAI';
  /** What the key must be allowed to do; null for what opens without a key. */
  scope: Scope | null;
  /** Parameters of the path, the query and the headers: one property each. `.describe()` explains them. */
  params?: ZodObject;
  query?: ZodObject;
  headers?: ZodObject;
  request?: { body: ZodType; contentType?: string; example?: unknown };
  /** By status; without a schema the answer has no body, or `contentType` bytes. */
  responses: Record<
    number,
    { description: string; schema?: ZodType; contentType?: string; example?: unknown; headers?: Record<string, string> }
  >;
  /** Refusals of its own; what every route may answer (no key, malformed, too many) is added. */
  errors?: readonly ErrorCode[];
};

/**
 * Describes one route. Each route file exports its list, `export const xRoutes = [describeRoute({…}), …]`, and
 * `web/v1/index.ts` gathers them.
 */
export function describeRoute(route: RouteDescription): RouteDescription {
  return route;
}
