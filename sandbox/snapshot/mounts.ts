import { readFileSync } from 'node:fs';
import { Shell } from '../layer/shell.ts';

/** The kernel takes one page of options. */
export const MOUNT_OPTIONS_LIMIT_BYTES = 4096;

export interface OverlayMount {
  /** Folder that every path of the options is relative to; keeps them short. */
  readonly base: string;
  readonly options: string;
  readonly target: string;
}

/** Overlay mounts by `mount` and `umount` of busybox: they pass the options on as they are. */
export class Mounts {
  readonly #shell: Shell;

  constructor(busybox: string) {
    this.#shell = new Shell(busybox, 'sh');
  }

  async mount({ base, options, target }: OverlayMount): Promise<void> {
    await this.#shell.run(['mount', '-t', 'overlay', '-o', options, 'overlay', target], base);
  }

  /** Detaches at once; the file system goes when its last user goes. */
  async unmount(target: string): Promise<void> {
    await this.#shell.run(['umount', '-l', target]);
  }

  /** Mount points below `folder`, the innermost first. */
  list(folder: string): string[] {
    return readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => unescape(line.split(' ')[4] ?? ''))
      .filter((point) => point.startsWith(`${folder}/`))
      .reverse();
  }
}

/** The kernel writes blanks and the like as a backslash and three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
