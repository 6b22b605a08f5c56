import fc, { type Arbitrary } from 'fast-check';

/** A JSON schema, as far as the document uses it. */
export type Schema = {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  format?: string;
  pattern?: string;
};

export type Guide = {
  schemas: Record<string, Schema>;
  /** Ids of what there is. */
  ids: readonly string[];
  /** Texts that mean something. */
  texts: readonly string[];
  /** How many in eight values are not what the schema says. */
  wrong: 0 | 1;
};

/** Values that break naive code. */
const traps = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  '',
  ' ',
  '\0',
  '\ud800',
  '__proto__',
  '../../etc/passwd',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '\u202e fox',
  'x'.repeat(1001),
  '00000000-0000-4000-8000-000000000000',
  'http://127.0.0.1/',
  [],
  {},
  [[]],
];
const anything = fc.oneof(fc.constantFrom<unknown>(...traps), fc.jsonValue({ maxDepth: 2 }));

/** What the schema allows, or nearly. */
export function valuesOf(schema: Schema, guide: Guide): Arbitrary<unknown> {
  return fc.oneof(
    { weight: 8 - guide.wrong, arbitrary: right(schema, guide) },
    { weight: guide.wrong, arbitrary: anything },
  );
}

function right(schema: Schema, guide: Guide): Arbitrary<unknown> {
  const { type } = schema;
  if (schema.$ref) return right(guide.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, guide);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => right(one, guide)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => right({ ...schema, type: one }, guide)));
  switch (type) {
    case 'object':
      return objects(schema, guide);
    case 'array':
      return arrays(schema, guide);
    case 'integer':
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return strings(schema, guide);
    default:
      return anything;
  }
}

function objects({ properties = {}, required = [] }: Schema, guide: Guide): Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema, guide)]);
  const whole = fc.record<Record<string, unknown>>(Object.fromEntries(fields), {
    requiredKeys: required.filter((name) => name in properties),
  });
  const more = fc
    .tuple(whole, fc.string({ minLength: 1, maxLength: 12 }), anything)
    .map(([object, name, value]) => ({ ...object, [name]: value }));
  return fc.oneof({ weight: 8 - guide.wrong, arbitrary: whole }, { weight: guide.wrong, arbitrary: more });
}

function arrays({ items = {}, minItems = 0, maxItems = 4 }: Schema, guide: Guide): Arbitrary<unknown> {
  return fc.array(valuesOf(items, guide), { minLength: minItems, maxLength: Math.min(maxItems, 5) });
}

function numbers({ minimum = 0, maximum = 100 }: Schema): Arbitrary<unknown> {
  const [min, max] = [Math.max(minimum, -(2 ** 31)), Math.min(maximum, 2 ** 31 - 1)];
  return fc.oneof(
    fc.integer({ min, max: Math.min(max, min + 1) }),
    fc.integer({ min, max }),
    fc.constantFrom(min, max),
  );
}

function strings(
  { format, minLength = 0, maxLength = 80, pattern }: Schema,
  { ids, texts }: Guide,
): Arbitrary<unknown> {
  if (format === 'uuid') return fc.oneof(fc.uuid(), fc.constantFrom(...ids));
  if (format === 'date') return days.map((date) => date.toISOString().slice(0, 10));
  if (format === 'date-time') return days.map((date) => date.toISOString());
  if (pattern) return fc.stringMatching(new RegExp(pattern, 'u'));
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 80)) };
  return fc.oneof(
    { weight: 2, arbitrary: fc.lorem({ maxCount: 3 }).map((text) => text.slice(0, length.maxLength)) },
    { weight: 1, arbitrary: fc.string({ ...length, unit: 'binary' }) },
    { weight: 3, arbitrary: fc.constantFrom(...texts) },
  );
}

const days = fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true });
