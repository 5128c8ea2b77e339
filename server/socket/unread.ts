import type { Page } from '../rooms/page.ts';

/**
 * Letters that may wait for a page whose connection takes no more: beyond the windows of eight terminals, their whole
 * screens after a break, and all else that a page is sent at once.
 */
const UNREAD_MAX = 64 * 1024 * 1024;

/**
 * Ends the connection of a page that does not read. Acknowledgements are no proof that it does: a program can send them
 * for what it guesses to have been sent, and would have the server keep all the output of a flood.
 */
export function endUnread({ conn }: Page, most = UNREAD_MAX): void {
  let waiting = 0;
  // Told when all that waited before is in the hands of the connection.
  conn.on('flush', () => (waiting = 0));
  conn.on('packetCreate', ({ data }: { readonly data?: { readonly length: number } }) => {
    waiting += data?.length ?? 0;
    if (waiting > most) conn.close(true);
  });
}
