import { randomInt } from 'node:crypto';
import path from 'node:path/posix';
import { EngineError } from '../../oci/errors.ts';

/** The folder that dockerd unpacks an archive into: its errors name it. */
export class ImportFolder {
  readonly #path = `/var/lib/docker/tmp/docker-import-${randomInt(2 ** 32 - 1)}`;

  missing(name: string): EngineError {
    return new EngineError('invalid', `open ${path.join(this.#path, name)}: no such file or directory`);
  }

  isDirectory(name: string): EngineError {
    return new EngineError('invalid', `read ${path.join(this.#path, name)}: is a directory`);
  }

  /** Throws for a path that leads out of it. */
  checkInside(name: string): void {
    const target = path.join(this.#path, name);
    if (target === this.#path || target.startsWith(`${this.#path}/`)) return;
    throw new EngineError('invalid', `evalSymlinksInScope: ${target} is not in ${this.#path}`);
  }
}

/** What dockerd says when the process that unpacks for it fails: over the archive, or over the disk. */
export function unpackingFailed(cause: unknown): unknown {
  const failed = 'Error processing tar file(exit status 1)';
  if (cause instanceof EngineError) {
    return cause.kind === 'invalid'
      ? new EngineError('invalid', `${failed}: ${cause.message}`, { cause })
      : cause;
  }
  const words = wordsOfSystem(cause);
  return words === undefined ? cause : new EngineError('internal', `${failed}: ${words}`, { cause });
}

/** Node says "ENOSPC: no space left on device, write", Go "write /x: no space left on device". */
function wordsOfSystem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, why, call] = /^E[A-Z0-9]+: ([^,]+), (\w+)/.exec(error.message) ?? [];
  return why === undefined || call === undefined ? undefined : `${call}: ${why}`;
}
