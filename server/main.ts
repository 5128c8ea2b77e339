import { connectSupervisor } from '../sandbox/host/channel.ts';
import { Log } from './operations/log.ts';
import { endOnUncaught } from './operations/uncaught.ts';
import { ServerOptions, type ListeningMessage, type StartFailedMessage } from './options.ts';
import { openServer } from './server.ts';

/**
 * The web server's process: started with `ServerOptions` as JSON in its first argument by the process that holds the
 * supervisor at the other end of the IPC channel, and without its rights. It lives no longer than that channel.
 */
const write = (line: string): void => void process.stdout.write(`${line}\n`);
let log = new Log({ format: 'text', level: 'info', write });

try {
  if (!process.send) throw new Error('The web server is started by `slipway start`, not by itself.');
  const options = ServerOptions.parse(JSON.parse(process.argv[2] ?? '{}'));
  log = new Log({ ...options.log, write });
  const supervisor = connectSupervisor(process);
  const server = await openServer(options, supervisor, log.report, log);
  endOnUncaught(process, {
    report: server.report,
    close: () => server.close(),
    exit: (code) => process.exit(code),
  });
  process.send({ type: 'slipway-listening', url: server.url } satisfies ListeningMessage);
  const end = (): void => void server.close().finally(() => process.exit(0));
  process.once('SIGTERM', end);
  // An interrupt of the terminal reaches all processes: the parent decides when it is time.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', end);
  // The other end may have gone while the server was opening.
  if (!process.connected) end();
} catch (error) {
  const { message, code } = error as NodeJS.ErrnoException;
  const failed: StartFailedMessage = {
    type: 'slipway-start-failed',
    message,
    ...(code === undefined ? {} : { code }),
  };
  log.report('The web server could not start.', error);
  if (process.send) process.send(failed, () => process.exit(1));
  else process.exitCode = 1;
}
