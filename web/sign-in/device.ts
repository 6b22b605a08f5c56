type Named = readonly [sign: RegExp, name: string];

/** Most browsers claim to be others as well, so the order matters. */
const browsers: readonly Named[] = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
];
const systems: readonly Named[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** `Firefox · Linux`, as far as a `User-Agent` tells; null when it tells nothing. Names are the same in every language. */
export function describeDevice(userAgent: string): string | null {
  const find = (names: readonly Named[]) => names.find(([sign]) => sign.test(userAgent))?.[1];
  const found = [find(browsers), find(systems)].filter((name) => name !== undefined);
  return found.length ? found.join(' · ') : (/^[\w.-]{1,40}(?=\/)/.exec(userAgent)?.[0] ?? null);
}
