import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

import type { StoredNetwork } from './model.ts';

/** Where the networks are kept between two starts of the engine. */
export interface NetworkStore {
  /** Undefined when nothing was ever written. */
  read(): Promise<StoredNetwork[] | undefined>;
  /** Replaces all; after a crash either the old or the new ones are there. */
  write(networks: readonly StoredNetwork[]): Promise<void>;
}

/** One JSON file in `folder`. */
export function networkStore(folder: string): NetworkStore {
  const file = path.join(folder, 'networks.json');
  let last = Promise.resolve();
  const write = async (text: string): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const temporary = `${file}.new`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  };
  return {
    async read() {
      const text = await readFile(file, 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      });
      return text === undefined ? undefined : (JSON.parse(text) as StoredNetwork[]);
    },
    async write(networks) {
      const text = JSON.stringify(networks);
      last = last.catch(() => undefined).then(() => write(text));
      await last;
    },
  };
}
