const REPLIES = [
  /^\x1b\[[?>=]\d[\d;]*c$/, // device attributes
  /^\x1b\[0n$/, // status
  /^\x1b\[\??\d+;\d+\$y$/, // modes
  /^\x1bP[^\x1b]*\x1b\\$/, // settings, names and versions
  /^\x1b\[\?\d+;\d+(;\d+)?R$/, // extended cursor position
];

/** Row 1 and column 2 to 8 in a cursor report are what xterm sends for F3 with modifiers: these stay keys. */
const CURSOR_REPORT = /^\x1b\[(\d+);(\d+)R$/;

/**
 * Whether a page's message is its own emulator's answer to a program's query, not a key. The server's screen gives
 * these answers; with several pages a program would get several.
 */
export function isTerminalReply(data: string): boolean {
  if (!data.startsWith('\x1b')) return false;
  const cursor = CURSOR_REPORT.exec(data);
  if (cursor) return !(cursor[1] === '1' && /^[2-8]$/.test(cursor[2] ?? ''));
  return REPLIES.some((reply) => reply.test(data));
}
