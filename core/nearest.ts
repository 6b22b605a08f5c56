import { distance } from 'fastest-levenshtein';

/** The up to three names nearest to what was typed, best first; empty when nothing is near. */
export function nearest(typed: string, known: readonly string[]): string[] {
  // Nothing long is near to a name, and comparing it would take long.
  const wanted = typed.slice(0, 64).toLowerCase();
  return known
    .map((name) => ({
      name,
      far: name.toLowerCase().includes(wanted) && wanted ? 0 : distance(wanted, name.toLowerCase()),
    }))
    .filter(({ name, far }) => far <= Math.max(2, Math.ceil(name.length / 2)))
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ name }) => name);
}
