/** A source of numbers that gives the same sequence for the same seed text, on every machine. */
export type Random = {
  /** 0 ≤ x < 1 */
  next(): number;
  between(low: number, high: number): number;
  /** Whole number, both ends included. */
  whole(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** Smooth noise over a line, about -1 … 1. Each call of `line` makes another curve. */
  line(): (x: number) => number;
  /** Smooth noise over a plane, about -1 … 1. */
  plane(): (x: number, y: number) => number;
};

export function createRandom(seed: string): Random {
  let state = hashText(seed);
  // mulberry32: 32 bits of state are plenty for a drawing and it needs no library.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (low: number, high: number) => low + (high - low) * next();
  return {
    next,
    between,
    whole: (low, high) => Math.floor(between(low, high + 1)),
    chance: (probability) => next() < probability,
    pick: (from) => {
      const chosen = from[Math.floor(next() * from.length)];
      if (chosen === undefined) throw new Error('nothing to pick from');
      return chosen;
    },
    line: () => {
      const salt = hashText(`${next()}`);
      return (x) => fractal((scale) => smoothLine(salt, x * scale));
    },
    plane: () => {
      const salt = hashText(`${next()}`);
      return (x, y) => fractal((scale) => smoothPlane(salt, x * scale, y * scale), 2);
    },
  };
}

/** FNV-1a with a final mix: 32 bits of a text. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function fractal(layer: (scale: number) => number, octaves = 4): number {
  let sum = 0;
  let weight = 0;
  for (let octave = 0; octave < octaves; octave++) {
    const share = 0.5 ** octave;
    sum += layer(2 ** octave) * share;
    weight += share;
  }
  return sum / weight;
}

function smoothLine(salt: number, x: number): number {
  const cell = Math.floor(x);
  return blend(lattice(salt, cell, 0), lattice(salt, cell + 1, 0), x - cell);
}

function smoothPlane(salt: number, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const top = blend(lattice(salt, column, row), lattice(salt, column + 1, row), x - column);
  const bottom = blend(lattice(salt, column, row + 1), lattice(salt, column + 1, row + 1), x - column);
  return blend(top, bottom, y - row);
}

function blend(from: number, to: number, at: number): number {
  const eased = at * at * (3 - 2 * at);
  return from + (to - from) * eased;
}

/** -1 … 1 at one point of the lattice. */
function lattice(salt: number, x: number, y: number): number {
  let hash = salt ^ Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2147483648 - 1;
}
