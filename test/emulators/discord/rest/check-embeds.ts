import type { Wire } from '../model/state.ts';
import type { Form, Path } from './form.ts';
import { checkInteger, checkList, checkRecord, checkText, isAbsent } from './form.ts';

const MAX_TOGETHER = 6_000;

/** Up to ten embeds within Discord's limits, 6,000 characters in all of them together. */
export function checkEmbeds(form: Form, path: Path, value: unknown): void {
  const embeds = checkList(form, path, value, { max: 10 });
  let together = 0;
  for (const [place, embed] of embeds) {
    const here = [...path, place];
    checkText(form, [...here, 'title'], embed.title, { max: 256 });
    checkText(form, [...here, 'description'], embed.description, { max: 4096 });
    checkUrl(form, [...here, 'url'], embed.url, ['http', 'https']);
    checkInteger(form, [...here, 'color'], embed.color, { min: 0, max: 0xffffff });
    checkPart(form, here, embed, 'footer', (at, part) => {
      checkText(form, [...at, 'text'], part.text, { max: 2048, required: true });
    });
    checkPart(form, here, embed, 'author', (at, part) => {
      checkText(form, [...at, 'name'], part.name, { max: 256, required: true });
    });
    for (const picture of ['image', 'thumbnail']) {
      checkPart(form, here, embed, picture, (at, part) => {
        checkUrl(form, [...at, 'url'], part.url, ['http', 'https', 'attachment'], true);
      });
    }
    for (const [index, field] of checkList(form, [...here, 'fields'], embed.fields, { max: 25 })) {
      checkText(form, [...here, 'fields', index, 'name'], field.name, { min: 1, max: 256, required: true });
      checkText(form, [...here, 'fields', index, 'value'], field.value, { min: 1, max: 1024, required: true });
    }
    together += countText(embed);
  }
  if (together > MAX_TOGETHER) {
    const last = embeds.at(-1)?.[0] ?? 0;
    form.refuse([...path, last], 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${MAX_TOGETHER}`);
  }
}

/** An address with one of the allowed schemes. */
export function checkUrl(form: Form, path: Path, value: unknown, schemes: string[], required = false): void {
  if (!checkText(form, path, value, { min: 1, max: 2048, required })) return;
  const scheme = URL.canParse(value) ? new URL(value).protocol.slice(0, -1) : '';
  if (scheme === '') form.refuse(path, 'URL_TYPE_INVALID_URL', 'Not a well formed URL.');
  else if (!schemes.includes(scheme)) {
    form.refuse(
      path,
      'URL_TYPE_INVALID_SCHEME',
      `Scheme "${scheme}" is not supported. Scheme must be one of (${schemes.map((each) => `'${each}'`).join(', ')}).`,
    );
  }
}

function checkPart(form: Form, path: Path, embed: Wire, name: string, check: (at: Path, part: Wire) => void): void {
  const part = embed[name];
  if (isAbsent(part)) return;
  const at = [...path, name];
  if (checkRecord(form, at, part)) check(at, part);
}

function countText(embed: Wire): number {
  const part = (name: string) => (embed[name] ?? {}) as Wire;
  const fields = Array.isArray(embed.fields) ? (embed.fields as Wire[]) : [];
  const texts = [
    embed.title,
    embed.description,
    part('footer').text,
    part('author').name,
    ...fields.flatMap((field) => [field?.name, field?.value]),
  ];
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? [...text].length : 0), 0);
}
