/** Ready-made looks: what is added to the prompt, and to what is kept out where the model can. */
const looks = {
  photo: 'natural light photograph, 35mm, fine detail',
  cinematic: 'cinematic still, dramatic light, shallow depth of field, film grain',
  noir: 'black and white film noir, hard shadows, high contrast',
  watercolor: 'loose watercolor on textured paper, soft edges, pigment blooms',
  oil: 'oil painting, visible brushwork, rich impasto',
  ink: 'ink drawing, confident line work, cross-hatching',
  anime: 'anime key visual, clean lines, cel shading',
  comic: 'comic book panel, bold outlines, halftone shading',
  pixel: 'pixel art, limited palette, crisp pixels',
  isometric: 'isometric illustration, clean geometry, soft shadows',
  clay: 'clay model, stop motion, soft studio light',
  poster: 'screen-printed poster, flat shapes, limited palette, grain',
} as const;

export type Style = keyof typeof looks;
export const styles = Object.keys(looks) as Style[];
export const isStyle = (name: string): name is Style => Object.hasOwn(looks, name);

/** The prompt as the provider gets it. */
export function applyStyle(prompt: string, style: string | null): string {
  return style !== null && isStyle(style) ? `${prompt}, ${looks[style]}` : prompt;
}
