import type { Colour } from './colour.ts';
import type { Random } from './random.ts';

export type Palette = {
  name: string;
  /** Words of a prompt that ask for this palette, or, in a negative prompt, forbid it. */
  words: readonly string[];
  /** From the zenith down to the horizon. */
  sky: readonly [Colour, Colour, Colour, Colour];
  sun: Colour;
  /** Land far away and near. */
  far: Colour;
  near: Colour;
  /** Ground of a poster. */
  paper: Colour;
  /** Flat colours of a poster, boldest first; the last is the darkest. */
  inks: readonly [Colour, Colour, Colour, Colour, Colour];
  night: boolean;
};

/** The palette that most words of the prompt ask for; without any, one by chance. */
export function choosePalette(words: ReadonlySet<string>, banned: ReadonlySet<string>, random: Random): Palette {
  const allowed = palettes.filter((palette) => !palette.words.some((word) => banned.has(word)));
  const candidates = allowed.length > 0 ? allowed : palettes;
  const score = (palette: Palette) =>
    palette.words.reduce((sum, word) => sum + (words.has(word) ? (decisive.has(word) ? 3 : 1) : 0), 0);
  const best = Math.max(...candidates.map(score));
  return random.pick(candidates.filter((palette) => score(palette) === best));
}

/** A colour, an hour or a season says more about the light than the things in it do. */
const decisive: ReadonlySet<string> = new Set(
  'red orange blue green pink yellow gold golden brown white purple violet lavender black grey gray neon sunset sunrise dawn dusk night midnight autumn winter snow ice spring summer'.split(
    ' ',
  ),
);

const palettes: readonly Palette[] = [
  {
    name: 'ember',
    words: ['red', 'orange', 'fox', 'fire', 'autumn', 'fall', 'warm', 'volcano', 'dragon', 'lava', 'rust'],
    sky: ['#2b2a4c', '#8a3b5c', '#e8704f', '#fbc97f'],
    sun: '#fff0c9',
    far: '#c65f55',
    near: '#2a1630',
    paper: '#f6e8d3',
    inks: ['#d9482b', '#f08a3c', '#f4c265', '#7c2f3b', '#2b1b2e'],
    night: false,
  },
  {
    name: 'sunset',
    words: ['sunset', 'sunrise', 'dawn', 'dusk', 'evening', 'morning', 'coral', 'summer', 'beach', 'tropical'],
    sky: ['#35477d', '#8d6a9f', '#f08a8a', '#ffd39b'],
    sun: '#fff3d6',
    far: '#b97a92',
    near: '#2a2548',
    paper: '#fbeee0',
    inks: ['#ef6461', '#f7b267', '#5b5f97', '#f4a6a0', '#2d2a4a'],
    night: false,
  },
  {
    name: 'lagoon',
    words: [
      'sea',
      'ocean',
      'water',
      'blue',
      'lake',
      'river',
      'wave',
      'waves',
      'island',
      'boat',
      'ship',
      'fish',
      'whale',
    ],
    sky: ['#1f6f9f', '#58a9c7', '#a9d9dc', '#fbf1d5'],
    sun: '#fffbea',
    far: '#7fb4bd',
    near: '#0e3a4f',
    paper: '#f3efe2',
    inks: ['#12718f', '#3fb1b5', '#f2b450', '#e9694c', '#0d2f45'],
    night: false,
  },
  {
    name: 'midnight',
    words: [
      'night',
      'moon',
      'stars',
      'star',
      'midnight',
      'dark',
      'space',
      'galaxy',
      'planet',
      'astronaut',
      'owl',
      'dream',
    ],
    sky: ['#0a1030', '#172554', '#33427f', '#7d7bb0'],
    sun: '#fdf6dc',
    far: '#4a5590',
    near: '#080c20',
    paper: '#141a38',
    inks: ['#f2c14e', '#7d8fd6', '#e4e0f2', '#c96a86', '#0b1026'],
    night: true,
  },
  {
    name: 'pine',
    words: [
      'forest',
      'green',
      'tree',
      'trees',
      'jungle',
      'wood',
      'woods',
      'mountain',
      'mountains',
      'bear',
      'deer',
      'wolf',
    ],
    sky: ['#7fb0a8', '#b4d0bd', '#dfe6c8', '#f8f0d2'],
    sun: '#fffdf0',
    far: '#94b8a5',
    near: '#12312b',
    paper: '#f2eedd',
    inks: ['#2f6f56', '#8db580', '#e3b04b', '#c9592f', '#14332c'],
    night: false,
  },
  {
    name: 'blossom',
    words: ['pink', 'rose', 'cherry', 'blossom', 'flower', 'flowers', 'love', 'princess', 'candy', 'cat', 'rabbit'],
    sky: ['#a9b8dc', '#d9c1dc', '#f6c9cf', '#fff0e2'],
    sun: '#fff9ef',
    far: '#d9a5b8',
    near: '#5a2c53',
    paper: '#fdf1ec',
    inks: ['#e0607e', '#f4a9b0', '#7fa99b', '#f2cc8f', '#4a2545'],
    night: false,
  },
  {
    name: 'ochre',
    words: [
      'yellow',
      'gold',
      'golden',
      'desert',
      'sand',
      'dune',
      'dunes',
      'camel',
      'pyramid',
      'savanna',
      'lion',
      'brown',
    ],
    sky: ['#5f9ea6', '#a9c9b4', '#f0dca6', '#f9c978'],
    sun: '#fff7dc',
    far: '#e0a765',
    near: '#5b2b1f',
    paper: '#f7ecd2',
    inks: ['#d98a29', '#b5502c', '#3e7c83', '#efc97a', '#3c2018'],
    night: false,
  },
  {
    name: 'frost',
    words: ['snow', 'winter', 'ice', 'white', 'cold', 'arctic', 'polar', 'penguin', 'frozen', 'glacier', 'christmas'],
    sky: ['#6f8fb5', '#a3bdd6', '#d5e2ec', '#fdeee4'],
    sun: '#ffffff',
    far: '#b9cbdc',
    near: '#2b4463',
    paper: '#f4f6f7',
    inks: ['#4a7fa8', '#a9cfe0', '#e58a73', '#dfe7ee', '#1e3550'],
    night: false,
  },
  {
    name: 'violet',
    words: ['purple', 'violet', 'lavender', 'magic', 'wizard', 'fantasy', 'mystic', 'twilight', 'unicorn'],
    sky: ['#2c1e5c', '#6a3d9a', '#c26fb5', '#fbc4b4'],
    sun: '#fff0e6',
    far: '#9a62ad',
    near: '#1a1038',
    paper: '#f3ebf5',
    inks: ['#7b4bb7', '#d36fb0', '#f3b562', '#4aa6b5', '#23154a'],
    night: false,
  },
  {
    name: 'ink',
    words: ['black', 'grey', 'gray', 'monochrome', 'minimal', 'fog', 'mist', 'rain', 'storm', 'zen'],
    sky: ['#8e979d', '#b9bfc1', '#dcdcd6', '#f1ece0'],
    sun: '#d8452f',
    far: '#adb3b4',
    near: '#16191d',
    paper: '#f2ede2',
    inks: ['#d8452f', '#3a4045', '#9aa1a3', '#d3cdbf', '#16191d'],
    night: false,
  },
  {
    name: 'meadow',
    words: ['spring', 'meadow', 'field', 'grass', 'garden', 'farm', 'horse', 'cow', 'sheep', 'village', 'bird', 'day'],
    sky: ['#4c9bc9', '#8cc6dd', '#cfe8dc', '#fdf3cf'],
    sun: '#fffbe3',
    far: '#9cc08f',
    near: '#27502f',
    paper: '#f7f3de',
    inks: ['#4f9a55', '#f0b93a', '#e4663f', '#6fb7d1', '#1f3b2a'],
    night: false,
  },
  {
    name: 'neon',
    words: [
      'neon',
      'cyber',
      'cyberpunk',
      'city',
      'robot',
      'future',
      'futuristic',
      'synthwave',
      'retro',
      'street',
      'car',
    ],
    sky: ['#120a2e', '#3a1463', '#b0287e', '#ff8a6b'],
    sun: '#ffe08a',
    far: '#6d2a86',
    near: '#0b0620',
    paper: '#150b30',
    inks: ['#ff3f8e', '#22d3ee', '#ffd166', '#8b5cf6', '#0e0724'],
    night: true,
  },
];
