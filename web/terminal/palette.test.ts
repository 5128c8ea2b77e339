import { describe, expect, it } from 'vitest';
import { DARK, LIGHT, type Palette } from './palette.ts';

/** WCAG 2.2, "relative luminance". */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = /background|selection|scrollbar|overview|cursorAccent/i;

describe.each([
  ['light', LIGHT],
  ['dark', DARK],
])('the %s palette', (_name, palette: Palette) => {
  const texts = Object.entries(palette).filter(([name]) => !GROUNDS.test(name)) as [string, string][];

  it.each(texts)('%s can be read on the ground', (_colour, value) => {
    expect(contrast(value, palette.background)).toBeGreaterThanOrEqual(4.5);
  });

  it('text can be read while selected', () => {
    expect(contrast(palette.foreground, palette.selectionBackground)).toBeGreaterThanOrEqual(4.5);
  });
});
