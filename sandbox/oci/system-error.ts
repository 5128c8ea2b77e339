/**
 * The message of an error; that of a system call in the words of Go's `os` package, which are the real daemon's:
 * `mkdir /var/lib/docker/layers: no space left on device`.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path, dest } = error as NodeJS.ErrnoException & { readonly dest?: string };
  if (code !== undefined && syscall !== undefined) {
    // Node's own: `ENOSPC: no space left on device, mkdir '/var/lib/docker/layers'`.
    const reason = /^[A-Z0-9]+: (.*?), /u.exec(error.message)?.[1];
    if (reason !== undefined) return `${[syscall, path, dest].filter(Boolean).join(' ')}: ${reason}`;
  }
  // The C library's, out of a program that was run.
  return error.message.replaceAll('No space left on device', 'no space left on device');
}

/** Whether the disk is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOSPC';
}
