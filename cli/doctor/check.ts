/** One line of the doctor. `fault` says what is wrong, `cure` what to do about it. */
export type Check = { name: string; detail: string } & (
  | { state: 'ok' }
  | { state: 'off' }
  | { state: 'fault'; cure: string }
);

export const ok = (name: string, detail: string): Check => ({ name, state: 'ok', detail });
export const off = (name: string, detail: string): Check => ({ name, state: 'off', detail });
export const fault = (name: string, detail: string, cure: string): Check => ({ name, state: 'fault', detail, cure });

/** What went wrong, in a line without credentials: a network's own code where there is one. */
export function describeFault(error: unknown): string {
  const { message, cause, code } = error as Error & { code?: string };
  const inner = cause as (Error & { code?: string }) | undefined;
  return inner?.code ?? inner?.message ?? (message || code || 'it does not answer');
}

/** `ok     Redis      7.0.15`, and under it what to do. */
export function writeLines(checks: readonly Check[]): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks.map((check) => {
    const line = `${check.state.padEnd(5)}  ${check.name.padEnd(width)}  ${check.detail}`;
    return check.state === 'fault' ? `${line}. ${check.cure}` : line;
  });
}
