import type { ITheme } from '@xterm/xterm';

/** Colours of a terminal on its ground; each of the sixteen can be read as text there (4.5:1 and more). */
export interface Palette extends Required<
  Pick<
    ITheme,
    | 'background'
    | 'foreground'
    | 'cursor'
    | 'cursorAccent'
    | 'selectionBackground'
    | 'selectionInactiveBackground'
    | 'overviewRulerBorder'
    | 'scrollbarSliderBackground'
    | 'scrollbarSliderHoverBackground'
    | 'scrollbarSliderActiveBackground'
  >
> {
  readonly black: string;
  readonly red: string;
  readonly green: string;
  readonly yellow: string;
  readonly blue: string;
  readonly magenta: string;
  readonly cyan: string;
  readonly white: string;
  readonly brightBlack: string;
  readonly brightRed: string;
  readonly brightGreen: string;
  readonly brightYellow: string;
  readonly brightBlue: string;
  readonly brightMagenta: string;
  readonly brightCyan: string;
  readonly brightWhite: string;
}

export const LIGHT: Palette = {
  background: '#fcfcfb',
  foreground: '#1b2025',
  cursor: '#0b6b73',
  cursorAccent: '#fcfcfb',
  selectionBackground: '#bfe0e2',
  selectionInactiveBackground: '#cfe3e5',
  overviewRulerBorder: '#fcfcfb',
  scrollbarSliderBackground: '#1b202533',
  scrollbarSliderHoverBackground: '#1b202566',
  scrollbarSliderActiveBackground: '#1b202580',
  black: '#1b2025',
  red: '#b3261e',
  green: '#1c6b2f',
  yellow: '#7d5400',
  blue: '#1f55b5',
  magenta: '#8a2d9c',
  cyan: '#0b6b73',
  white: '#59626c',
  brightBlack: '#66707a',
  brightRed: '#c4362d',
  brightGreen: '#23793a',
  brightYellow: '#8c6100',
  brightBlue: '#2f66cc',
  brightMagenta: '#9c3dae',
  brightCyan: '#127780',
  brightWhite: '#3a424a',
};

export const DARK: Palette = {
  background: '#101315',
  foreground: '#e4e8eb',
  cursor: '#5fc9cd',
  cursorAccent: '#101315',
  selectionBackground: '#24525a',
  selectionInactiveBackground: '#1f444b',
  overviewRulerBorder: '#101315',
  scrollbarSliderBackground: '#e4e8eb33',
  scrollbarSliderHoverBackground: '#e4e8eb66',
  scrollbarSliderActiveBackground: '#e4e8eb80',
  black: '#808b95',
  red: '#f2857d',
  green: '#7fca8c',
  yellow: '#e0b35f',
  blue: '#82aef0',
  magenta: '#d497e3',
  cyan: '#5fc9cd',
  white: '#ced5da',
  brightBlack: '#939ea8',
  brightRed: '#f7a59f',
  brightGreen: '#9edca8',
  brightYellow: '#efca85',
  brightBlue: '#a5c6f7',
  brightMagenta: '#e3b5ee',
  brightCyan: '#8adde0',
  brightWhite: '#ffffff',
};
