/** What a key press means before the program in the terminal may have it. */
export type KeyMeaning =
  | 'copy'
  | 'leave'
  | 'find'
  /** A second terminal beside this one, or none any more. */
  | 'split'
  /** To the other one of two that are shown. */
  | 'other'
  /** The browser's own: a paste, which arrives as its own event. */
  | 'browser'
  | 'terminal';

export interface KeyContext {
  readonly selection: boolean;
  /** A program that draws the whole screen, such as vim or less. */
  readonly fullScreen: boolean;
  readonly mac: boolean;
  /** Another terminal is shown beside this one. */
  readonly beside: boolean;
}

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'>;

/**
 * Ctrl+C copies when something is selected and interrupts otherwise; Ctrl+V pastes at a prompt, but belongs to programs
 * such as vim while they have the screen. With Shift both always mean the clipboard. On a Mac, Command does all of it
 * and Control stays the program's.
 */
export function keyMeaning(event: Key, context: KeyContext): KeyMeaning {
  if (event.key === 'F6' && !event.ctrlKey && !event.altKey && !event.metaKey) return 'leave';
  if (event.altKey) return 'terminal';
  const key = event.key.toLowerCase();
  if (context.mac && event.metaKey) return macMeaning(key, context);
  if (!event.ctrlKey || event.metaKey) return 'terminal';
  if (event.shiftKey) return shiftMeaning(key, event.code, context);
  if (context.mac) return 'terminal';
  if (key === 'c' && context.selection) return 'copy';
  if (key === 'v' && !context.fullScreen) return 'browser';
  return 'terminal';
}

function macMeaning(key: string, context: KeyContext): KeyMeaning {
  if (key === 'c') return context.selection ? 'copy' : 'browser';
  if (key === 'f') return 'find';
  return 'browser';
}

function shiftMeaning(key: string, code: string, { beside }: KeyContext): KeyMeaning {
  // What is written on a digit's key with Shift differs from keyboard to keyboard.
  if (code === 'Digit5') return 'split';
  if (beside && key.startsWith('arrow')) return 'other';
  if (key === 'c') return 'copy';
  if (key === 'f') return 'find';
  if (key === 'v') return 'browser';
  return 'terminal';
}
