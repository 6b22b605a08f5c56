const names: readonly [RegExp, string][] = [
  [/Edg(?:e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];

/** How the owner of an account would recognise a linked web chat; empty for a browser we can't tell. */
export function browserName(userAgent: string | undefined): string {
  return names.find(([pattern]) => pattern.test(userAgent ?? ''))?.[1] ?? '';
}
