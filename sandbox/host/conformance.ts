import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionEvent, Supervisor } from './supervisor.ts';

export interface Opened {
  readonly supervisor: Supervisor;
  close(): Promise<void>;
}

/**
 * What every `Supervisor` promises, whoever carries it out: a session's life, the kinds of errors, the order of calls and
 * of events. `open` is called once.
 */
export function supervisorConformance(name: string, open: () => Promise<Opened>): void {
  describe(name, () => {
    let opened: Opened;
    let supervisor: Supervisor;
    beforeAll(async () => {
      opened = await open();
      supervisor = opened.supervisor;
    });
    afterAll(async () => {
      await opened.close();
    });

    it('makes a session that runs, and knows it', async () => {
      const made = await supervisor.create();
      expect(made).toMatchObject({ state: 'running' });
      expect(made.id).toMatch(/^[a-z0-9]{16}$/);
      expect(made.end).toBeUndefined();
      expect(Date.parse(made.createdAt)).toBeLessThanOrEqual(Date.now());
      expect(await supervisor.get(made.id)).toEqual(made);
      expect(await supervisor.list()).toContainEqual(made);
      await supervisor.destroy(made.id);
    });

    it('takes limits, and keeps the others', async () => {
      const plain = await supervisor.create();
      const made = await supervisor.create({ limits: { processes: 200 } });
      expect(made.limits).toEqual({ ...plain.limits, processes: 200 });
      await Promise.all([plain, made].map(({ id }) => supervisor.destroy(id)));
    });

    it('tells what the host has left', async () => {
      const { memoryBytes, diskBytes } = await supervisor.room();
      expect(memoryBytes).toBeGreaterThan(0);
      expect(diskBytes).toBeGreaterThan(0);
    });

    it.each([{ memoryBytes: 1 }, { processes: 0 }, { cpus: -1 }, { diskBytes: 1.5 }])(
      'refuses the limits %j',
      async (limits) => {
        const before = await supervisor.list();
        await expect(supervisor.create({ limits })).rejects.toMatchObject({ kind: 'invalid' });
        expect(await supervisor.list()).toEqual(before);
      },
    );

    it.each(['get', 'stop', 'resume', 'reset', 'snapshot', 'destroy'] as const)(
      'does not know whom to %s',
      async (method) => {
        await expect(supervisor[method]('aaaaaaaaaaaaaaaa')).rejects.toMatchObject({ kind: 'not-found' });
      },
    );

    it('stops, resumes and resets, twice as well as once', async () => {
      const { id, limits, createdAt } = await supervisor.create();
      const stopped = await supervisor.stop(id);
      expect(stopped).toMatchObject({ id, state: 'stopped', end: { kind: 'stopped' } });
      expect(await supervisor.stop(id)).toEqual(stopped);
      const running = await supervisor.resume(id);
      expect(running).toMatchObject({ id, state: 'running', limits, createdAt });
      expect(await supervisor.resume(id)).toEqual(running);
      expect(await supervisor.reset(id)).toMatchObject({ id, state: 'running', limits, createdAt });
      await supervisor.stop(id);
      expect(await supervisor.reset(id)).toMatchObject({ state: 'running' });
      await supervisor.destroy(id);
      await expect(supervisor.get(id)).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('keeps snapshots of a session that runs, and goes back to them', async () => {
      const { id, limits } = await supervisor.create();
      const [first] = (await supervisor.snapshot(id)).snapshots;
      expect(Date.parse(first?.takenAt ?? '')).toBeLessThanOrEqual(Date.now());
      const both = await supervisor.snapshot(id);
      expect(both).toMatchObject({ id, state: 'running', limits, snapshots: [first, {}] });
      const back = await supervisor.restore(id, first?.id ?? '');
      expect(back).toEqual(both);
      await supervisor.stop(id);
      await expect(supervisor.snapshot(id)).rejects.toMatchObject({ kind: 'conflict' });
      expect(await supervisor.restore(id, first?.id ?? '')).toMatchObject({ state: 'running' });
      await expect(supervisor.restore(id, 'aaaaaaaa')).rejects.toMatchObject({ kind: 'not-found' });
      await supervisor.destroy(id);
      await expect(supervisor.restore(id, first?.id ?? '')).rejects.toMatchObject({ kind: 'not-found' });
    });

    it('carries out calls on one session in the order they came', async () => {
      const { id } = await supervisor.create();
      const results = await Promise.all([
        supervisor.stop(id),
        supervisor.resume(id),
        supervisor.stop(id),
        supervisor.resume(id),
      ]);
      expect(results.map(({ state }) => state)).toEqual(['stopped', 'running', 'stopped', 'running']);
      await supervisor.destroy(id);
    });

    it('tells what happens, in order, to all who watch and as long as they do', async () => {
      const seen: string[] = [];
      const others: SessionEvent[] = [];
      const unwatch = supervisor.watch((event) => seen.push(label(event)));
      const unwatchOther = supervisor.watch((event) => others.push(event));
      const { id } = await supervisor.create();
      await supervisor.stop(id);
      unwatchOther();
      const sofar = others.length;
      await supervisor.destroy(id);
      unwatch();
      await supervisor.destroy((await supervisor.create()).id);
      expect(seen).toEqual(['starting', 'running', 'stopping', 'stopped', 'destroyed']);
      expect(others).toHaveLength(sofar);
    });
  });
}

const label = (event: SessionEvent): string => (event.type === 'state' ? event.session.state : event.type);
