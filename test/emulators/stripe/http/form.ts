/** What a form says: texts, and objects whose keys are names or, for lists, numbers. */
export type Tree = string | { [name: string]: Tree };

/** Reads `a[b][0]=x` and `a[]=x` of a body or a query into a tree. */
export function readForm(encoded: string): Record<string, Tree> {
  const root: Record<string, Tree> = Object.create(null);
  for (const [name, value] of new URLSearchParams(encoded)) place(root, readPath(name), value);
  return root;
}

function readPath(name: string): string[] {
  const [head = '', ...rest] = name.split('[');
  return [head, ...rest.map((part) => part.replace(/\]$/, ''))];
}

function place(root: Record<string, Tree>, path: string[], value: string): void {
  let at = root;
  path.forEach((given, depth) => {
    const key = given === '' ? String(Object.keys(at).length) : given;
    if (depth === path.length - 1) {
      at[key] = value;
      return;
    }
    const next = at[key];
    const inner: Record<string, Tree> = typeof next === 'object' ? next : Object.create(null);
    at[key] = inner;
    at = inner;
  });
}
