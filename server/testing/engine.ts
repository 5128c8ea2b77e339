import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdir, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Call } from '../../sandbox/api/router.ts';
import { createApiServer } from '../../sandbox/api/server.ts';
import { fileRoutes } from '../../sandbox/engine/files.ts';
import { tunnelRoutes } from '../../sandbox/engine/tunnel.ts';
import { Uplink } from '../../sandbox/engine/uplink.ts';
import type { FileInImage, TerminalOptions } from '../../sandbox/engine/routes.ts';
import { readBounded } from '../engine/bounded.ts';
import type { ContainerDetail, ImageDetail } from '../engine/schemas.ts';
import { PtyTerminal } from './pty-terminal.ts';

/** What the double claims to have. Tests change it as they like, and then `emit`. */
export interface EngineState {
  images: ImageDetail[];
  containers: ContainerDetail[];
  /** By name of the container. */
  changes: Record<string, { Path: string; Kind: number }[]>;
  /** By image name and path, such as `debian:latest /etc/motd`. */
  files: Record<string, FileInImage>;
}

/**
 * A small engine for tests of the server: real sockets and real shells, and the few Docker answers that checks read,
 * from `state`.
 */
export class EngineDouble {
  readonly state: EngineState = { images: [], containers: [], changes: {}, files: {} };
  /** What differs from the use of an idle machine. */
  usage: { diskBytes?: number } = {};
  readonly terminals = new Map<string, PtyTerminal>();
  readonly requests: string[] = [];
  readonly uplink = new Uplink();
  readonly socketPath: string;
  shell = { file: 'bash', args: ['--norc'] };
  /** The learner's home: terminals begin there. */
  readonly home: string;
  /** What a `docker` of the shell answers, see `play-docker.ts`. */
  onCommand: (line: string) => string = () => '';
  readonly #http: Server;
  /** The real engine's code. */
  readonly #files: Server;
  readonly #ports = createApiServer(tunnelRoutes);
  readonly #published: { Names: string[]; Ports: PublishedPort[] }[] = [];
  readonly #events = new Set<ServerResponse>();
  readonly #activity = new Set<ServerResponse>();
  #builds = 0;
  readonly #sockets = new Set<Duplex>();
  #lastTerminal = 0;

  private constructor(socketPath: string) {
    this.socketPath = socketPath;
    this.home = `${socketPath}.home`;
    this.#files = createApiServer(fileRoutes(this.home));
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#attach(request, socket, head),
    );
    this.#http.on('connection', (socket: Duplex) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get id(): string {
    return basename(this.socketPath, '.sock');
  }

  static async listen(socketPath: string): Promise<EngineDouble> {
    const engine = new EngineDouble(socketPath);
    await mkdir(engine.home, { recursive: true });
    await rm(socketPath, { force: true });
    await new Promise<void>((resolve) => engine.#http.listen(socketPath, resolve));
    return engine;
  }

  emit(type: string, action: string, attributes: Record<string, string> = {}): void {
    const event = {
      Type: type,
      Action: action,
      Actor: { ID: 'x', Attributes: attributes },
      timeNano: Date.now() * 1e6,
    };
    for (const response of this.#events) response.write(`${JSON.stringify(event)}\n`);
  }

  /** As if a container had been started with these ports. */
  publish(name: string, ports: PublishedPort[]): void {
    this.#published.push({ Names: [`/${name}`], Ports: ports });
    this.emit('container', 'start');
  }

  /** As if a build of this Dockerfile had ended; without a `problem` it went well. */
  built(dockerfile: string, problem?: { readonly line: number; readonly message: string }): void {
    this.#builds += 1;
    const build = {
      id: `build-${this.#builds}`,
      state: problem ? 'failed' : 'done',
      error: problem?.message ?? '',
      line: problem?.line ?? 0,
      dockerfile,
    };
    for (const response of this.#activity) response.write(`${JSON.stringify({ build })}\n`);
  }

  async close(): Promise<void> {
    for (const terminal of this.terminals.values()) terminal.close();
    this.terminals.clear();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  /** As the engine does; see sandbox/engine/uplink.ts. */
  #park(socket: Duplex): void {
    const hijack = () => {
      socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
      return socket;
    };
    for (const route of this.uplink.routes) void route.handle({ hijack } as unknown as Call);
  }

  #attach(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', 'http://engine');
    if (url.pathname === '/slipway/tunnel') {
      this.#ports.emit('upgrade', request, socket, head);
      return;
    }
    if (url.pathname === '/slipway/uplink') {
      this.#park(socket);
      return;
    }
    const terminal = this.terminals.get(url.pathname.split('/')[3] ?? '');
    if (!terminal) return void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    terminal.attach(socket, Number(url.searchParams.get('from') ?? 0));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    this.requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const path = url.pathname.replace(/^\/v1\.41/, '');
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (path === '/events' || path === '/slipway/map/activity') {
      const listeners = path === '/events' ? this.#events : this.#activity;
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
    } else if (path === '/double/docker') {
      response.end(this.onCommand(await readBounded(request, 1024 * 1024)));
    } else if (path.startsWith('/slipway/files')) {
      this.#files.emit('request', request, response);
    } else if (path.startsWith('/slipway/terminals')) {
      await this.#terminalRoute(request, response, url, json);
    } else {
      const value = this.#find(path, url.searchParams);
      if (value === undefined) json(404, { message: `No such thing: ${path}` });
      else json(200, value);
    }
  }

  async #terminalRoute(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    json: (status: number, value: unknown) => void,
  ): Promise<void> {
    const [, , , id, verb] = url.pathname.split('/');
    if (id === undefined && request.method === 'GET') {
      json(
        200,
        [...this.terminals.values()].map(({ info }) => info),
      );
      return;
    }
    if (id === undefined) {
      const options = JSON.parse(await readBounded(request, 1024)) as TerminalOptions;
      this.#lastTerminal += 1;
      const terminal = new PtyTerminal(`t${this.#lastTerminal}`, options, { ...this.shell, cwd: this.home });
      this.terminals.set(terminal.id, terminal);
      json(201, terminal.info);
      return;
    }
    const terminal = this.terminals.get(id);
    if (!terminal) {
      json(404, { message: `No such terminal: ${id}` });
      return;
    }
    if (verb === 'resize') {
      terminal.resize(Number(url.searchParams.get('columns')), Number(url.searchParams.get('rows')));
    } else if (request.method === 'DELETE') {
      terminal.close();
      this.terminals.delete(id);
    }
    response.writeHead(204).end();
  }

  #find(path: string, query: URLSearchParams): unknown {
    const { images, containers, changes, files } = this.state;
    const name = decodeURIComponent(path.split('/')[2] ?? '');
    const container = containers.find(({ Id, Name }) => Id === name || Name === `/${name}`);
    if (path === '/slipway/usage') return { ...USAGE, processes: 3 + this.terminals.size, ...this.usage };
    if (path === '/slipway/images/file')
      return files[`${query.get('image') ?? ''} ${query.get('path') ?? ''}`];
    if (path === '/images/json') return images.map((image) => ({ ...image, Created: 0 }));
    if (path.startsWith('/images/'))
      return images.find((image) => isNamed(image, decodeURIComponent(path.slice(8, -5))));
    if (path === '/containers/json')
      return [...containers.map(containerSummary), ...this.#published.map(publishedSummary)];
    if (path.endsWith('/changes')) return container && (changes[container.Name.slice(1)] ?? null);
    if (path.startsWith('/containers/')) return container;
    return undefined;
  }
}

interface PublishedPort {
  readonly PublicPort?: number;
  readonly PrivatePort: number;
  readonly Type: string;
}

const USAGE = {
  diskBytes: 48 * 1024 ** 2,
  diskLimitBytes: 2048 * 1024 ** 2,
  memoryBytes: 96 * 1024 ** 2,
  memoryLimitBytes: 512 * 1024 ** 2,
  processLimit: 512,
};

function isNamed({ Id, RepoTags }: ImageDetail, name: string): boolean {
  return Id === name || RepoTags.includes(name) || RepoTags.includes(`${name}:latest`);
}

function publishedSummary({ Names, Ports }: { Names: string[]; Ports: PublishedPort[] }) {
  return { Id: Names[0], Names, Image: '', ImageID: '', State: 'running', Ports };
}

function containerSummary({ Id, Name, Image, Config, State }: ContainerDetail) {
  return { Id, Names: [Name], Image: Config.Image ?? '', ImageID: Image, State: State.Status };
}
