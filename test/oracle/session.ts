import type { Machines } from '../machines.ts';
import type { Engine } from './engine.ts';

/** A session of ours as an engine that rows can run against. */
export async function startSession(machines: Machines, shared: string): Promise<Engine> {
  const { supervisor } = machines;
  const session = await supervisor.create({ mounts: [{ source: shared, target: shared, readOnly: false }] });
  return {
    name: 'slipway',
    dockerHost: `unix://${session.engineSocket}`,
    shared,
    stop: async () => supervisor.destroy(session.id),
  };
}
