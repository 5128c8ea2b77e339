import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { CommandFailed } from './run.ts';

/** What Node cannot make by itself: fifos, devices, whiteouts. They are few, so that waiting for a program is fine. */
export class SpecialFiles {
  readonly #root: string;
  /** In a user namespace nobody may make devices, whiteouts excepted. */
  #mayMakeDevices = true;

  /** `root` is a folder on the file system that they are for. */
  constructor(root: string) {
    this.#root = root;
  }

  fifo(target: Buffer): void {
    this.#make(target, 'mkfifo', []);
  }

  whiteout(target: Buffer): void {
    this.#make(target, 'mknod', ['c', '0', '0']);
  }

  /** False when devices may not be made here, or when the device would be taken for a whiteout. */
  device(target: Buffer, kind: 'b' | 'c', major: number, minor: number): boolean {
    if (!this.#mayMakeDevices || (kind === 'c' && major === 0 && minor === 0)) return false;
    try {
      this.#make(target, 'mknod', [kind, String(major), String(minor)]);
      return true;
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      this.#mayMakeDevices = false;
      return false;
    }
  }

  /** A name on disk may be no argument of a command: it is made under another one first. */
  #make(target: Buffer, program: 'mknod' | 'mkfifo', args: readonly string[]): void {
    const draft = path.join(this.#root, `.node-${randomBytes(8).toString('hex')}`);
    const { status, stderr, error } = spawnSync(program, [draft, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (error) throw error;
    if (status !== 0) throw new CommandFailed([program], status, stderr.toString());
    renameSync(draft, target);
  }
}
