import type { World } from '../world.ts';
import { refuse } from './errors.ts';

type Plain = Record<string, unknown>;
/** What is left out unless asked for, by the kind of object and field. */
export type Includables = Record<string, Record<string, (id: string) => unknown>>;

const maxDepth = 4;
/** Fields that name another object, and so can be expanded even while they are empty. */
const references = new Set([
  'charge',
  'coupon',
  'customer',
  'default_payment_method',
  'default_price',
  'default_source',
  'invoice',
  'latest_charge',
  'latest_invoice',
  'payment_intent',
  'payment_method',
  'pending_setup_intent',
  'promotion_code',
  'schedule',
  'setup_intent',
  'subscription',
  'test_clock',
]);

/** A copy of an answer with the objects that `expand` names in place of their ids. */
export function expandAnswer(world: World, includables: Includables, body: object, paths: string[]): object {
  const copy = structuredClone(body) as Plain;
  for (const path of paths) {
    const fields = path.split('.');
    if (fields.length - (fields[0] === 'data' ? 1 : 0) > maxDepth) {
      throw refuse(`You cannot expand more than ${maxDepth} levels of a property. Property: ${path}`, {
        param: 'expand',
      });
    }
    expandField(copy, fields, path);
  }
  return copy;

  function expandField(owner: Plain, [field = '', ...rest]: string[], path: string): void {
    const value = readField(owner, field, path);
    if (value === null && references.has(field)) return;
    if (Array.isArray(value)) {
      owner[field] = value.map((item) => (typeof item === 'string' ? lookUp(item, path) : item));
      if (rest.length > 0) for (const item of owner[field] as Plain[]) expandField(item, rest, path);
      return;
    }
    if (typeof value === 'string') owner[field] = lookUp(value, path);
    else if (typeof value !== 'object' || value === null) throw cannotExpand(path);
    if (rest.length > 0) expandField(owner[field] as Plain, rest, path);
  }

  function readField(owner: Plain, field: string, path: string): unknown {
    const include = includables[String(owner.object)]?.[field];
    if (include && owner[field] === undefined) owner[field] = structuredClone(include(String(owner.id)));
    if (!Object.hasOwn(owner, field)) throw cannotExpand(path);
    return owner[field];
  }

  function lookUp(id: string, path: string): unknown {
    const found = world.findAny(id);
    if (found) return structuredClone(found);
    // Why: a deleted customer stays named by what it had, and expands into what is left of it.
    if (id.startsWith('cus_') && world.wasRemoved(id)) return { id, object: 'customer', deleted: true };
    throw cannotExpand(path);
  }
}

function cannotExpand(path: string) {
  return refuse(`This property cannot be expanded (${path}).`, { param: 'expand' });
}
