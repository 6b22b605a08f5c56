import { AppError } from '../../../core/index.ts';
import { restNames } from '../names.ts';

/** What REST calls a field, where OpenAI has another name for it. */
const names: Record<string, string> = { aspect_ratio: 'size', count: 'n' };

/** Runs `work`; its refusals name fields as OpenAI's API does. */
export async function openaiNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await restNames(work);
  } catch (error) {
    const name = error instanceof AppError ? names[String(error.values.field)] : undefined;
    if (!name || !(error instanceof AppError)) throw error;
    const { code, values, receipt } = error;
    throw new AppError(code, { ...values, field: name }, { ...(receipt ? { receipt } : {}), cause: error });
  }
}
