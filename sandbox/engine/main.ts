import { BadArguments, parseEngineArguments } from './arguments.ts';
import { openEngine } from './engine.ts';

/** Shorter than what the supervisor grants before it ends the session itself. */
const CLOSE_GRACE_SECONDS = 8;

async function main(): Promise<void> {
  const engine = await openEngine(parseEngineArguments(process.argv.slice(2)));
  let closing = false;
  const close = () => {
    if (closing) return;
    closing = true;
    void engine.close(CLOSE_GRACE_SECONDS).then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  // A client that breaks off in the middle of an answer is no reason to take every container down.
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(`engine: ${describe(reason)}\n`);
  });
}

function fail(error: unknown): never {
  process.stderr.write(`engine: ${error instanceof BadArguments ? error.message : describe(error)}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch(fail);
