import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { createServer, connect, type AddressInfo } from 'node:net';
import path from 'node:path';
import { signalWithin } from '../../sandbox/time/limit.ts';
import { openAuthority, type Identity } from './authority.ts';
import { INNER_NAME, PASSPHRASE_VARIABLE, writeNotaryFiles } from './notary-files.ts';
import type { NotaryTools } from './notary-tools.ts';
import { Part } from './part.ts';

const START_MS = 60_000;
/** A request that is not answered for so long has failed. */
const ANSWER_MS = 30_000;
/** Nobody has asked for so long: the memory is better used elsewhere. */
const IDLE_MS = 15 * 60_000;
const CONNECTIONS = 16;

export interface NotaryOptions {
  readonly tools: NotaryTools;
  /** Writable for this process, and for nobody else. */
  readonly folder: string;
  /** What names of repositories begin with. */
  readonly prefixes: readonly string[];
  readonly report: (message: string, error?: unknown) => void;
  readonly idleMs?: number;
}

export interface NotaryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Uint8Array;
}

interface Running {
  readonly port: number;
  readonly agent: Agent;
  stop(): Promise<void>;
}

/**
 * A notary of the host's own: Debian's notary-server, its signer, and the database that both keep everything in, over
 * loopback and a socket. They start when somebody asks for the first time, which takes about a second, and end when
 * nobody has asked for long. All that reaches loopback would reach them: each shows the other a certificate.
 */
export class Notary {
  readonly #options: NotaryOptions;
  #running: Promise<Running> | undefined;
  #stopped: Promise<void> = Promise.resolve();
  #asking = 0;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: NotaryOptions) {
    this.#options = options;
  }

  /** Resolves once its answer has begun. */
  async ask(wanted: NotaryRequest): Promise<IncomingMessage> {
    this.#asking += 1;
    clearTimeout(this.#idle);
    const done = (): void => {
      this.#asking -= 1;
      if (this.#asking > 0 || this.#closed) return;
      this.#idle = setTimeout(() => void this.#stop(), this.#options.idleMs ?? IDLE_MS);
      this.#idle.unref();
    };
    try {
      const { port, agent } = await this.#run();
      const answer = await send(wanted, port, agent);
      answer.once('close', done);
      return answer;
    } catch (error) {
      done();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#stop();
  }

  #run(): Promise<Running> {
    if (this.#closed) return Promise.reject(new Error('The notary is closed.'));
    if (this.#running) return this.#running;
    const running = this.#stopped.then(() =>
      startNotary(this.#options, () => {
        // Whatever part it was: the next request starts all of them anew.
        if (this.#running === running) void this.#stop();
      }),
    );
    this.#running = running;
    running.catch((error: unknown) => {
      if (this.#running === running) this.#running = undefined;
      this.#options.report('The notary did not start.', error);
    });
    return running;
  }

  #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running) {
      this.#stopped = running.then(
        (parts) => parts.stop(),
        () => undefined,
      );
    }
    return this.#stopped;
  }
}

async function startNotary(options: NotaryOptions, onEnd: () => void): Promise<Running> {
  const { tools, folder, prefixes } = options;
  const authority = await openAuthority({
    folder: path.join(folder, 'authority'),
    title: 'Slipway notary',
    names: [INNER_NAME],
  });
  const identity = await authority.issue();
  const [signerPort, serverPort] = await freePorts();
  const passphrase = await writeNotaryFiles({
    ...{ folder, prefixes, identity, authority: authority.certificate, signerPort, serverPort },
  });
  const agent = agentOf(authority.certificate, identity);
  const signal = signalWithin(START_MS);
  const parts: Part[] = [];
  const stop = async (): Promise<void> => {
    agent.destroy();
    // The database last: the others write to it.
    for (const part of parts.toReversed()) await part.stop();
  };
  const start = (program: string, args: readonly string[], env: Record<string, string> = {}): Part => {
    const libraries = { LD_LIBRARY_PATH: tools.libraries.join(':') };
    const part = new Part({ program, args, folder, env: { ...libraries, ...env } });
    parts.push(part);
    return part;
  };
  try {
    const database = start(tools.database, databaseArguments(tools, folder));
    await database.ready(() => database.said.includes('ready for connections'), signal);
    const signer = start(tools.signer, ['-config', 'signer.json'], { [PASSPHRASE_VARIABLE]: passphrase });
    await signer.ready(() => isListening(signerPort), signal);
    const server = start(tools.server, ['-config', 'server.json']);
    await server.ready(() => isListening(serverPort), signal);
  } catch (error) {
    await stop();
    throw error;
  }
  for (const part of parts) void part.ended.then(onEnd);
  return { port: serverPort, agent, stop };
}

/** A small database, safe against a sudden end, that nobody reaches but by a socket in a private folder. */
function databaseArguments({ databaseShare }: NotaryTools, folder: string): string[] {
  return [
    ...['--no-defaults', `--datadir=${path.join(folder, 'database')}`, '--socket=../database.sock'],
    ...['--skip-networking', '--skip-grant-tables', `--init-file=${path.join(folder, 'schema.sql')}`],
    ...[`--lc-messages-dir=${databaseShare}`, `--character-sets-dir=${databaseShare}/charsets`],
    ...[
      '--pid-file=../database.pid',
      '--performance-schema=OFF',
      '--max-connections=40',
      '--thread-cache-size=2',
    ],
    ...['--innodb-buffer-pool-size=8M', '--innodb-log-file-size=4M', '--innodb-log-buffer-size=2M'],
    ...['--key-buffer-size=64K', '--aria-pagecache-buffer-size=128K'],
  ];
}

function agentOf(ca: string, { key, certificate }: Identity): Agent {
  const own = { ca, key, cert: certificate, servername: INNER_NAME };
  return new Agent({ ...own, keepAlive: true, maxSockets: CONNECTIONS });
}

function send(
  { method, path, headers, body }: NotaryRequest,
  port: number,
  agent: Agent,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest({ host: '127.0.0.1', port, agent, method, path, headers });
    outgoing.setTimeout(ANSWER_MS, () => outgoing.destroy(new Error('The notary does not answer.')));
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Two at once, so that they differ. */
async function freePorts(): Promise<[number, number]> {
  const servers = await Promise.all([listen(), listen()]);
  const [first, second] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return [first ?? 0, second ?? 0];
}

function listen(): Promise<ReturnType<typeof createServer>> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true));
    socket.once('error', end(false));
  });
}
