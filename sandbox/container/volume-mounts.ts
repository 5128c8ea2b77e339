import { readFileSync } from 'node:fs';
import { run } from '../layer/run.ts';
import { EngineError } from '../oci/errors.ts';
import { Lock } from './lock.ts';
import type { Volume } from './volumes.ts';

/** What the `local` driver's options ask to have mounted at a volume, as long as a container that runs has it. */
export class VolumeMounts {
  /** Name of a volume → ids of the containers that hold it. */
  readonly #holders = new Map<string, Set<string>>();
  readonly #lock = new Lock();

  /** Takes away what an engine that was killed has left below `folder`. */
  static async clean(folder: string): Promise<void> {
    const points = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[4] ?? '')
      .filter((point) => point.startsWith(`${folder}/`));
    for (const point of points.reverse()) await run(['umount', '-l', point]);
  }

  isMounted(name: string): boolean {
    return this.#holders.has(name);
  }

  /** Idempotent for one container. Throws `EngineError` in dockerd's words. */
  async acquire(volume: Volume, container: string): Promise<void> {
    if (!hasMount(volume)) return;
    await this.#lock.run(async () => {
      const holders = this.#holders.get(volume.Name);
      if (holders === undefined) await mount(volume);
      this.#holders.set(volume.Name, (holders ?? new Set()).add(container));
    });
  }

  /** Unmounts with the last container. Idempotent. */
  async release(volume: Volume, container: string): Promise<void> {
    await this.#lock.run(async () => {
      const holders = this.#holders.get(volume.Name);
      if (holders?.delete(container) !== true || holders.size > 0) return;
      // What cannot be unmounted stays held: it must not be removed as if it were the volume's own.
      await run(['umount', '-l', volume.Mountpoint]);
      this.#holders.delete(volume.Name);
    });
  }
}

function hasMount({ Options }: Volume): boolean {
  return (Options?.device ?? '') !== '';
}

async function mount({ Mountpoint, Options }: Volume): Promise<void> {
  const { type = '', device = '', o = '' } = Options ?? {};
  const words = o === '' ? [] : ['-o', o];
  try {
    await run(['mount', '-i', '-t', type === '' ? 'none' : type, ...words, '--', device, Mountpoint]);
  } catch (error) {
    const { flags, data } = partsOf(o);
    const what = [
      `mount ${device}:${Mountpoint}`,
      ...(flags === 0 ? [] : [`flags: 0x${flags.toString(16)}`]),
      ...(data === '' ? [] : [`data: ${data}`]),
    ];
    throw new EngineError(
      'internal',
      `error while mounting volume '${Mountpoint}': failed to mount local volume: ${what.join(', ')}: ${reasonOf((error as Error).message)}`,
      { cause: error },
    );
  }
}

/** Words of `-o` that are bits to the kernel (mount(2)). */
const FLAGS: Readonly<Record<string, number>> = {
  ro: 0x1, nosuid: 0x2, nodev: 0x4, noexec: 0x8, sync: 0x10, remount: 0x20, mand: 0x40, dirsync: 0x80,
  noatime: 0x400, nodiratime: 0x800, bind: 0x1000, rbind: 0x5000, relatime: 0x20_0000, strictatime: 0x100_0000,
  private: 0x4_0000, rprivate: 0x4_4000, slave: 0x8_0000, rslave: 0x8_4000, shared: 0x10_0000, rshared: 0x10_4000,
}; // prettier-ignore

function partsOf(options: string): { readonly flags: number; readonly data: string } {
  const words = options.split(',').filter((word) => word !== '');
  return {
    flags: words.reduce((bits, word) => bits | (FLAGS[word] ?? 0), 0),
    data: words.filter((word) => !(word in FLAGS) && word !== 'rw' && word !== 'defaults').join(','),
  };
}

/** The kernel's word for what mount(8) says in a sentence. */
function reasonOf(said: string): string {
  return REASONS.find(([pattern]) => pattern.test(said))?.[1] ?? said;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/does not exist/, 'no such file or directory'],
  [/unknown filesystem type/, 'no such device'],
  [/permission denied|must be superuser/, 'operation not permitted'],
  [/wrong fs type|bad option/, 'invalid argument'],
  [/not a block device/, 'block device required'],
];
