import { Prisma } from '@prisma/client';
import { ValidationError } from 'adminjs';

/** Keys of the words under `panel.faults`. */
export type FaultKey =
  | 'required'
  | 'whole_number'
  | 'number'
  | 'date'
  | 'json'
  | 'choice'
  | 'too_long'
  | 'not_negative'
  | 'slug'
  | 'taken'
  | 'in_use'
  | 'gone'
  | 'changed'
  | 'positive'
  | 'to_come'
  | 'key_limit'
  | 'price'
  | 'one_of_both'
  | 'after_from'
  | 'not_the_same'
  | 'too_much';

/** A refusal that the form shows beside its fields: what is wrong with each. */
export function refuse(faults: Record<string, FaultKey>): ValidationError {
  return new ValidationError(
    Object.fromEntries(
      Object.entries(faults).map(([path, fault]) => [path, { type: fault, message: `fault_${fault}` }]),
    ),
  );
}

/** A refusal of the whole form, whatever is in its fields. */
export function refuseAll(fault: FaultKey): ValidationError {
  return new ValidationError({}, { type: fault, message: `fault_${fault}` });
}

const causes: Record<string, FaultKey> = { P2002: 'taken', P2003: 'in_use', P2025: 'gone', P2000: 'too_long' };

/** What the database refused, in words for the form; anything else is ours and stays as it is. */
export function explainFailure(error: unknown, path: string): unknown {
  const fault = error instanceof Prisma.PrismaClientKnownRequestError ? causes[error.code] : undefined;
  if (!fault) return error;
  return new ValidationError(
    { [path]: { type: fault, message: `fault_${fault}` } },
    { type: fault, message: `fault_${fault}` },
  );
}
