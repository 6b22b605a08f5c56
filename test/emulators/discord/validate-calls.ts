import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { TestContext } from 'vitest';
import { readSpec, SPECS_MISSING } from '../../specs/locate.ts';
import type { Wire } from './model/state.ts';
import type { RecordedCall } from './rest/calls.ts';
import { isRecord } from './rest/form.ts';

type CallFault = { call: string; where: string; fault: string };

export type CallValidator = {
  /** The faults of what the bot sent. */
  calls(calls: RecordedCall[]): CallFault[];
  /** The faults of what the emulator answered to calls that succeeded. */
  answers(calls: RecordedCall[]): CallFault[];
};

const SPEC_FILE = 'discord-openapi.json';
const ROOT = 'discord';

/** Formats that the description names; integers are ranges, and the others have shapes of their own. */
const formats = {
  snowflake: /^\d{1,20}$/,
  nonce: /^.{0,25}$/,
  'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
  uri: (text: string) => URL.canParse(text),
  int32: { type: 'number', validate: (value: number) => Math.abs(value) <= 2 ** 31 },
  int64: { type: 'number', validate: (value: number) => Number.isInteger(value) },
  double: { type: 'number', validate: () => true },
} as const;

/**
 * Checks method, path, query and body of recorded calls against Discord's OpenAPI description; returns every fault.
 * The description is laxer than the service (2,000 characters, five rows, …): what it misses the emulator refuses.
 */
export function createCallValidator(description: unknown): CallValidator {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, formats });
  ajv.addSchema({ ...(description as Wire), $id: ROOT });
  const paths = (description as { paths: Record<string, Wire> }).paths;
  const compiled = new Map<string, ValidateFunction>();

  function compile(pointer: string): ValidateFunction {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `${ROOT}#${pointer}` });
    compiled.set(pointer, known);
    return known;
  }

  function check(call: RecordedCall): CallFault[] {
    const name = `${call.method} ${call.template}`;
    const operation = paths[call.template]?.[call.method.toLowerCase()] as Wire | undefined;
    if (!operation) return [{ call: name, where: 'path', fault: 'the description has no such call' }];
    const faults = checkNames(operation, paths[call.template] as Wire, call);
    const pointer = bodyPointer(call, operation);
    if (pointer && call.body === undefined) faults.push({ where: 'body', fault: 'is missing' });
    if (!pointer && call.body !== undefined) faults.push({ where: 'body', fault: 'is not expected' });
    if (pointer && call.body !== undefined) {
      const validate = compile(narrow(description as Wire, pointer, call.body));
      if (!validate(call.body)) faults.push(...(validate.errors ?? []).filter(isRealFault(call.body)).map(readError));
    }
    return faults.map((fault) => ({ call: name, ...fault }));
  }

  function checkAnswer(call: RecordedCall): CallFault[] {
    const name = `${call.method} ${call.template} → ${call.status}`;
    const pointer = `/paths/${escapeKey(call.template)}/${call.method.toLowerCase()}/responses/${call.status}`;
    const response = follow(description as Wire, pointer);
    if (!isRecord(response)) return [{ call: name, where: 'status', fault: 'is not in the description' }];
    if (!isRecord(response.content)) return [];
    const validate = compile(`${pointer}/content/application~1json/schema`);
    return validate(call.answer) ? [] : (validate.errors ?? []).map((error) => ({ call: name, ...readError(error) }));
  }

  return {
    calls: (calls) => calls.flatMap(check),
    answers: (calls) => calls.filter((call) => call.status >= 200 && call.status < 300).flatMap(checkAnswer),
  };
}

/**
 * Inside a test: fails with every fault of the calls, or skips the test with a note where the description is absent.
 */
export function checkCallsAgainstSpec(context: TestContext, calls: RecordedCall[]): void {
  const description = readSpec(SPEC_FILE);
  if (description === null) context.skip(SPECS_MISSING);
  context.expect(calls.length, 'calls to check').toBeGreaterThan(0);
  context.expect(createCallValidator(description).calls(calls)).toEqual([]);
}

/** The same for the emulator's own answers to REST calls, which have to be what Discord's would be. */
export function checkAnswersAgainstSpec(context: TestContext, calls: RecordedCall[]): void {
  const description = readSpec(SPEC_FILE);
  if (description === null) context.skip(SPECS_MISSING);
  const answered = calls.filter((call) => call.source === 'rest');
  context.expect(answered.length, 'answers to check').toBeGreaterThan(0);
  context.expect(createCallValidator(description).answers(answered)).toEqual([]);
}

function checkNames(operation: Wire, path: Wire, call: RecordedCall): Omit<CallFault, 'call'>[] {
  const parameters = [...((path.parameters ?? []) as Wire[]), ...((operation.parameters ?? []) as Wire[])];
  const allowed = parameters.filter((each) => each.in === 'query').map((each) => each.name);
  const unknown = Object.keys(call.query).filter((name) => !allowed.includes(name));
  return unknown.map((name) => ({ where: `query ${name}`, fault: 'is not in the description' }));
}

/** Multipart bodies are checked as the JSON of their `payload_json`. */
function bodyPointer(call: RecordedCall, operation: Wire): string | null {
  if (!isRecord(operation.requestBody)) return null;
  return `/paths/${escapeKey(call.template)}/${call.method.toLowerCase()}/requestBody/content/application~1json/schema`;
}

/** Of a union told apart by `type`, the branch of this body: its faults say more than those of all branches. */
function narrow(description: Wire, pointer: string, body: unknown): string {
  const schema = follow(description, pointer);
  if (!isRecord(schema) || !Array.isArray(schema.anyOf) || !isRecord(body)) return pointer;
  const place = schema.anyOf.findIndex((branch) => {
    const target =
      isRecord(branch) && typeof branch.$ref === 'string' ? follow(description, branch.$ref.slice(1)) : branch;
    const type = isRecord(target) && isRecord(target.properties) ? target.properties.type : undefined;
    return isRecord(type) && Array.isArray(type.enum) && type.enum.includes(body.type);
  });
  return place < 0 ? pointer : `${pointer}/anyOf/${place}`;
}

function follow(description: Wire, pointer: string): unknown {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~').replaceAll('%7B', '{').replaceAll('%7D', '}'));
  return keys.reduce<unknown>((node, key) => (node as Wire | undefined)?.[key], description);
}

function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
}

/**
 * The description wants `default_member_permissions` as an integer; Discord's own reference has it as a string of
 * digits, which is what discord.js sends and what permissions beyond 2^53 need.
 */
function isRealFault(body: unknown) {
  return (error: ErrorObject): boolean => {
    if (!error.instancePath.endsWith('/default_member_permissions')) return true;
    return !/^\d+$/.test(String(follow(body as Wire, error.instancePath)));
  };
}

function readError(error: ErrorObject): Omit<CallFault, 'call'> {
  return { where: `body${error.instancePath}`, fault: error.message ?? error.keyword };
}
