import { EngineError } from '../oci/errors.ts';
import type { Container } from './container.ts';
import { emitContainer, type Context } from './context.ts';
import { killContainer } from './stop.ts';

export interface RemoveOptions {
  /** Kills it first when it runs. */
  readonly force: boolean;
  /** Anonymous volumes go, too. */
  readonly volumes: boolean;
}

/** `docker rm`. */
export async function removeContainer(
  context: Context,
  container: Container,
  options: RemoveOptions,
): Promise<void> {
  const { record } = container;
  if (record.state.status === 'removing') {
    throw new EngineError('conflict', `removal of container ${record.id} is already in progress`);
  }
  const isActive = container.run !== undefined || record.state.status === 'restarting';
  if (isActive && !options.force) refuse(container);
  await container.lock.run(async () => {
    // Between the question and its turn, someone else may have removed it.
    if (context.registry.find(record.id) !== container) return;
    if (container.run) {
      record.stoppedByUser = true;
      const { over } = container.run;
      await killContainer(context, container, 'SIGKILL', container.id).catch(() => undefined);
      await over;
    }
    await forget(context, container, options);
  });
}

async function forget(context: Context, container: Container, options: RemoveOptions): Promise<void> {
  const { record } = container;
  if (context.registry.find(record.id) !== container) return;
  record.state.status = 'removing';
  await Promise.all([
    context.networking.forget(record),
    context.snapshots.remove(record.id),
    context.registry.remove(container),
  ]);
  for (const { Name, anonymous } of record.mounts) {
    if (Name === undefined) continue;
    context.volumes.release(Name, record.id);
    const unused = context.volumes.users(Name).length === 0;
    if (options.volumes && anonymous === true && unused) await context.volumes.remove(Name, true);
  }
  emitContainer(context, container, 'destroy');
  container.removed();
}

function refuse({ record }: Container): never {
  const { status } = record.state;
  const state = status === 'paused' || status === 'restarting' ? status : 'running';
  const advice = state === 'paused' ? 'Unpause and then stop' : 'Stop';
  throw new EngineError(
    'conflict',
    `You cannot remove a ${state} container ${record.id}. ${advice} the container before attempting removal or force remove`,
  );
}
