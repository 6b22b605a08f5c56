import { AppError } from '../../core/index.ts';

/** What the service calls an input, where REST has another name for it. */
const inputNames: Record<string, string> = { aspect: 'aspect_ratio', image: 'image_id', imageId: 'image_id' };
/** Which field a refusal is about that doesn't say so itself. */
const fieldsOfCodes: Record<string, string> = {
  prompt_missing: 'prompt',
  prompt_too_long: 'prompt',
  prompt_unreadable: 'prompt',
  prompt_refused: 'prompt',
  prompt_blocked: 'prompt',
  negative_unsupported: 'negative_prompt',
  image_unsupported: 'model',
  image_unreadable: 'image_url',
  image_too_large: 'image_url',
  image_url_refused: 'image_url',
  image_url_failed: 'image_url',
};

/** Runs `work`; its refusals name fields as REST does. */
export async function restNames<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { code, values, receipt } = error;
    const said = values.field ?? values.option ?? fieldsOfCodes[code];
    if (said === undefined) throw error;
    const field = inputNames[said] ?? said;
    const renamed: Record<string, string | number> = values.option === undefined ? { field } : { field, option: field };
    throw new AppError(code, { ...values, ...renamed }, { ...(receipt ? { receipt } : {}), cause: error });
  }
}
