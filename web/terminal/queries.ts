import type { Terminal } from '@xterm/xterm';

/**
 * Questions that programs ask a terminal (who are you, where is the cursor, how large, which mode, which colour). The
 * server's own screen answers them, once for all pages; the terminals of pages stay silent.
 */
const CSI_QUESTIONS = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { prefix: '>', final: 'q' },
  { final: 't' },
];

/** The palette, foreground, background and cursor: a question is a `?` in the place of the colour. */
const OSC_COLOURS = [4, 10, 11, 12];

export function leaveQuestionsUnanswered(terminal: Terminal): void {
  for (const id of CSI_QUESTIONS) terminal.parser.registerCsiHandler(id, () => true);
  terminal.parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true);
  for (const code of OSC_COLOURS) terminal.parser.registerOscHandler(code, (data) => data.includes('?'));
}
