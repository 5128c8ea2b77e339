import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { SessionInfo } from '../sandbox/host/supervisor.ts';
import { sessionProcesses } from './load/meter.ts';
import { openMachines, type Machines } from './machines.ts';
import { openShell } from './shell.ts';

/** What learners' own containers and builds do to their machine: it says so, comes back, and its neighbour never notices. */

const MIB = 1024 ** 2;
/** A machine at its limits is slow to answer. */
const SLOW_MS = 120_000;

let machines: Machines;
let neighbour: SessionInfo;

beforeAll(async () => {
  machines = await openMachines();
  neighbour = await machines.supervisor.create();
});

afterAll(async () => {
  await machines.close();
});

const create = (): Promise<SessionInfo> =>
  machines.supervisor.create({ limits: { memoryBytes: 256 * MIB, processes: 200, diskBytes: 256 * MIB } });

async function inSession({ engineSocket }: SessionInfo, script: string): Promise<string> {
  const shell = await openShell(engineSocket);
  try {
    return (await shell.run(script, SLOW_MS)).output;
  } finally {
    await shell.close();
  }
}

const WORKS = 'docker run --rm busybox echo works';
/** All the processes that there are, and they stay. */
const TAKE = '(while :; do sleep 600 & done); exec sleep 600';

describe('memory', () => {
  it('that a build uses up ends the build with a word about it, and the machine goes on', async () => {
    const made = await create();
    const told = new Promise<string>((resolve) => {
      machines.supervisor.watch((event) => {
        if (event.type === 'memory-kill' && event.id === made.id) resolve(event.message);
      });
    });
    const build = String.raw`printf 'FROM busybox\nRUN tail /dev/zero\n' | docker build - ; ${WORKS}`;
    const output = await inSession(made, build);
    expect(output).toContain('returned a non-zero code: 137');
    expect(output).toMatch(/works\n$/u);
    expect(await told).toMatch(/tail/u);
    await machines.supervisor.destroy(made.id);
  });
});

describe('processes', () => {
  it.each([
    ['a container', `docker run -d busybox sh -c '${TAKE}'`],
    ['a build', `printf 'FROM busybox\\nRUN ${TAKE}\\n' | docker build -`],
  ])('that %s takes without end are its own machine’s, which works again after a stop', async (_, harm) => {
    const made = await create();
    await inSession(made, 'docker pull -q busybox');
    const shell = await openShell(made.engineSocket);
    shell.run(harm, SLOW_MS).catch(() => undefined);
    await expect
      .poll(() => sessionProcesses(machines.dataDir).get(made.id)?.length, { timeout: 60_000 })
      .toBeGreaterThan(150);
    expect(await inSession(neighbour, 'echo fine')).toBe('fine\n');
    await machines.supervisor.stop(made.id);
    const back = await machines.supervisor.resume(made.id);
    expect(await inSession(back, WORKS)).toMatch(/works\n$/u);
    await machines.supervisor.destroy(made.id);
  });
});

describe('inodes', () => {
  it('that are used up are told in words, and are there again when files are removed', async () => {
    const made = await create();
    await inSession(made, 'docker pull -q busybox; docker create --name before busybox');
    const fill =
      'mkdir /root/many; cd /root/many; seq 40000 | xargs touch 2>&1 | tail -n 1; df --output=iavail . | tail -n 1';
    expect(await inSession(made, fill)).toMatch(/No space left on device\n\s*0\n$/u);
    expect(await inSession(made, 'docker run --name late busybox true; echo "exit $?"')).toMatch(
      /no space left on device[^]*exit [1-9]/iu,
    );
    expect(await inSession(made, `rm -r /root/many; docker ps -a --format '{{.Names}}'; ${WORKS}`)).toBe(
      'before\nworks\n',
    );
    await machines.supervisor.destroy(made.id);
  });
});
