import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { bundle } from '../../cli/bundle.mjs';
import { settings } from '../settings.ts';

/** `plain-terminals.ts` as it runs. */
export interface PlainService {
  readonly url: string;
  close(): Promise<void>;
}

export async function startPlain(): Promise<PlainService> {
  const program = path.join(settings.project, 'dist/plain-terminals.mjs');
  const entry = 'test/bench/plain-terminals.ts';
  await bundle({ project: settings.project, entry, outfile: program, packages: 'external' });
  const child = fork(program);
  const [port] = (await once(child, 'message')) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}
