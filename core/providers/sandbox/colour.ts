/** `#rrggbb` */
export type Colour = string;

/** A colour between two, mixed in OKLab so that the middle is neither grey nor muddy. `at` 0 … 1. */
export function mix(from: Colour, to: Colour, at: number): Colour {
  const [a, b] = [toLab(from), toLab(to)];
  return fromLab([a[0] + (b[0] - a[0]) * at, a[1] + (b[1] - a[1]) * at, a[2] + (b[2] - a[2]) * at]);
}

export function lighten(colour: Colour, at: number): Colour {
  return mix(colour, '#ffffff', at);
}

export function darken(colour: Colour, at: number): Colour {
  return mix(colour, '#0a0a14', at);
}

/** Perceived lightness, 0 … 1. */
export function lightness(colour: Colour): number {
  return toLab(colour)[0];
}

type Lab = [number, number, number];

// Matrices: Björn Ottosson, "A perceptual color space for image processing" (2020).
function toLab(colour: Colour): Lab {
  const value = Number.parseInt(colour.slice(1), 16);
  const [r, g, b] = [linear(value >> 16), linear((value >> 8) & 255), linear(value & 255)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([lightness, a, b]: Lab): Colour {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  return `#${channels.map((channel) => gamma(channel).toString(16).padStart(2, '0')).join('')}`;
}

function linear(byte: number): number {
  const share = byte / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function gamma(channel: number): number {
  const bounded = Math.min(1, Math.max(0, channel));
  const share = bounded <= 0.0031308 ? bounded * 12.92 : 1.055 * bounded ** (1 / 2.4) - 0.055;
  return Math.round(share * 255);
}
