import { choosePalette, type Palette } from './palettes.ts';
import { createRandom, type Random } from './random.ts';

/** Everything a composition needs to draw one picture. Lengths are pixels. */
export type Scene = {
  width: number;
  height: number;
  /** The shorter side: sizes of things follow it, so that they fit every format. */
  unit: number;
  palette: Palette;
  random: Random;
  /** Named by the prompt and not forbidden. */
  wants(element: Element): boolean;
  /** Not forbidden by the negative prompt. */
  allows(element: Element): boolean;
};

export type Composition = (scene: Scene) => string;

type Element = keyof typeof elementWords;

const elementWords = {
  sun: ['sun', 'sunset', 'sunrise', 'moon', 'sunny'],
  stars: ['stars', 'star', 'night', 'galaxy', 'space', 'starry', 'midnight'],
  clouds: ['cloud', 'clouds', 'cloudy', 'fog', 'mist'],
  birds: ['bird', 'birds', 'gull', 'gulls', 'crow', 'eagle', 'swallow'],
  trees: ['tree', 'trees', 'forest', 'woods', 'wood', 'pine', 'jungle', 'park'],
  fox: ['fox', 'foxes', 'dog', 'wolf'],
  boat: ['boat', 'ship', 'sail', 'sailing', 'sailboat', 'yacht'],
  house: ['house', 'home', 'cabin', 'cottage', 'hut', 'village'],
  sea: ['sea', 'ocean', 'water', 'lake', 'river', 'wave', 'waves', 'beach', 'island', 'coast', 'whale', 'fish'],
  city: ['city', 'town', 'street', 'skyline', 'building', 'buildings', 'tower', 'cyberpunk', 'neon'],
  desert: ['desert', 'dune', 'dunes', 'sand', 'sahara', 'camel', 'pyramid'],
  space: ['space', 'planet', 'planets', 'galaxy', 'astronaut', 'rocket', 'orbit', 'cosmos', 'universe'],
  leaves: ['leaf', 'leaves', 'plant', 'plants', 'botanical', 'flower', 'flowers', 'garden', 'jungle', 'blossom'],
} as const;

export function createScene(picture: {
  prompt: string;
  negativePrompt: string | null;
  seed: string;
  width: number;
  height: number;
}): Scene {
  const random = createRandom(picture.seed);
  const words = readWords(picture.prompt);
  const banned = readWords(picture.negativePrompt ?? '');
  const named = (element: Element, within: ReadonlySet<string>) =>
    elementWords[element].some((word) => within.has(word));
  const allows = (element: Element) => !named(element, banned);
  return {
    width: picture.width,
    height: picture.height,
    unit: Math.min(picture.width, picture.height),
    palette: choosePalette(words, banned, random),
    random,
    allows,
    wants: (element) => named(element, words) && allows(element),
  };
}

function readWords(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/\p{L}+/gu) ?? []);
}
