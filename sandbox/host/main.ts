import { serveSupervisor } from './channel.ts';
import { openSupervisor } from './open.ts';
import type { SupervisorOptions } from './options.ts';
import { outliveClosedOutput, outliveErrors } from './uncaught.ts';

/**
 * The supervisor as a process of its own, driven over IPC: `spawnSupervisor` starts it. Its one argument is its options
 * as JSON.
 */
async function main(): Promise<void> {
  // What sessions start from is read by their users.
  process.umask(0o022);
  const options = JSON.parse(process.argv[2] ?? '{}') as SupervisorOptions;
  const phases = process.argv[3] === '--phases';
  const supervisor = await openSupervisor(
    options,
    phases
      ? { onPhase: (id, phase, ms) => process.stderr.write(`${id} ${phase} ${ms.toFixed(1)} ms\n`) }
      : {},
  );
  const end = (): void => void supervisor.close().then(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  process.on('disconnect', end);
  outliveClosedOutput(process.stdout, process.stderr);
  outliveErrors(process, { say: (sentence) => process.stderr.write(`${sentence}\n`), end });
  // Whoever started this process did it as root.
  serveSupervisor(supervisor, process, { hostMounts: true });
  process.send?.({ ready: true });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
