import { io, type Socket } from 'socket.io-client';

import type { ClientToServer, ServerToClient, SessionView } from '../../server/protocol.ts';
import { loadPty } from '../pty.ts';
import { makeDataFolder, removeDataFolder, startService } from '../service.ts';
import { median } from './measure.ts';
import { startPlain } from './plain.ts';
import { quantile, type Result } from './table.ts';
import { Typed } from './typed.ts';

const LEARNERS = 10;
const TERMINALS_EACH = 5;
const TERMINALS = LEARNERS * TERMINALS_EACH;
const ROUNDS = 3;
const ROUND_MS = 6_000;
const SIZE = { columns: 100, rows: 30 };
const START_LIMIT_MS = 60_000;

const TITLES = {
  half: `terminal: key to echo, ${TERMINALS} terminals, p50`,
  most: `terminal: key to echo, ${TERMINALS} terminals, p99`,
  flood: 'terminal: 20 MB of output',
};

/** Terminals of one kind, and whatever is behind them. */
interface Terminals {
  readonly all: readonly Typed[];
  close(): Promise<void>;
}

/** Ours by the whole service with machines, beside plain socket.io + node-pty, and for output a bare pty. */
export async function measureTerminals(filter: string): Promise<Result[]> {
  if (!Object.values(TITLES).some((title) => title.includes(filter))) return [];
  const opened: Terminals[] = [];
  try {
    for (const open of [openOurs, openPlain]) opened.push(await open());
    const [ours, plain] = opened as [Terminals, Terminals];
    const echoes = { ours: [] as number[], plain: [] as number[] };
    const floods = { ours: [] as number[], plain: [] as number[], bare: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      echoes.ours.push(...(await typeAll(ours)));
      echoes.plain.push(...(await typeAll(plain)));
      floods.ours.push(await floodOne(ours));
      floods.plain.push(await floodOne(plain));
      floods.bare.push(await floodBare());
    }
    const echo = (title: string, share: number, aim: string): Result => ({
      title,
      unit: 'ms',
      slipway: quantile(echoes.ours, share),
      peers: [{ name: 'socket.io + node-pty', outcome: quantile(echoes.plain, share) }],
      aim,
    });
    return [
      echo(TITLES.half, 0.5, '≤ 1 ms more'),
      echo(TITLES.most, 0.99, '≤ 3 ms more'),
      {
        title: TITLES.flood,
        unit: 'ms',
        slipway: median(floods.ours),
        peers: [
          { name: 'bare pty', outcome: median(floods.bare) },
          { name: 'socket.io + node-pty', outcome: median(floods.plain) },
        ],
        aim: '≤ 1.25',
      },
    ];
  } finally {
    for (const each of opened) await each.close();
  }
}

async function typeAll({ all }: Terminals): Promise<number[]> {
  return (await Promise.all(all.map((each) => each.type(ROUND_MS)))).flat();
}

async function floodOne({ all: [first] }: Terminals): Promise<number> {
  return first?.flood() ?? Number.NaN;
}

type Page = Socket<ServerToClient, ClientToServer>;

async function openOurs(): Promise<Terminals> {
  const dataDir = await makeDataFolder();
  // Each learner has an address of their own, as behind a proxy.
  const service = await startService(dataDir, ['--trusted-proxies', '1', '--content-trust', 'off']);
  const pages: Page[] = [];
  const close = async (): Promise<void> => {
    for (const page of pages) page.disconnect();
    await service.stop();
    await removeDataFolder(dataDir);
  };
  try {
    const all: Typed[] = [];
    for (let learner = 1; learner <= LEARNERS; learner += 1) {
      const page = await openPage(service.url, `10.0.0.${learner}`, pages);
      for (let each = 0; each < TERMINALS_EACH; each += 1) all.push(await openTyped(page));
    }
    return { all, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A machine of a lesson, and its page's connection. */
async function openPage(url: string, address: string, pages: Page[]): Promise<Page> {
  const headers = { origin: url, 'x-forwarded-for': address };
  const response = await fetch(`${url}/api/sessions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ lesson: 'first-image' }),
  });
  if (!response.ok) throw new Error(`The service gave no machine: ${await response.text()}`);
  const { id: session } = (await response.json()) as SessionView;
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const page: Page = io(url, {
    transports: ['websocket'],
    forceNew: true,
    auth: { session },
    extraHeaders: { ...headers, cookie },
  });
  pages.push(page);
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error('A machine did not start.')), START_LIMIT_MS);
    page.on('session', ({ state }) => {
      if (state !== 'running') return;
      clearTimeout(limit);
      resolve();
    });
  });
  return page;
}

async function openTyped(page: Page): Promise<Typed> {
  const opened = await page.emitWithAck('terminal:open', SIZE);
  if (!opened.ok) throw new Error(opened.error);
  const { id } = opened.value;
  const typed = new Typed((data) => page.emit('terminal:input', { id, data }));
  page.on('terminal:output', ({ id: of, offset, data }) => {
    if (of !== id) return;
    page.emit('terminal:acknowledge', { id, offset: offset + data.length });
    typed.printed(data);
  });
  const attached = await page.emitWithAck('terminal:attach', { id, ...SIZE });
  if (!attached.ok) throw new Error(attached.error);
  await typed.ready();
  return typed;
}

async function openPlain(): Promise<Terminals> {
  const plain = await startPlain();
  const sockets: Socket[] = [];
  const all = await Promise.all(
    Array.from({ length: TERMINALS }, async () => {
      const socket = io(plain.url, { transports: ['websocket'], forceNew: true });
      sockets.push(socket);
      const typed = new Typed((data) => socket.emit('input', data));
      socket.on('output', typed.printed);
      await typed.ready();
      return typed;
    }),
  );
  return {
    all,
    close: async () => {
      for (const socket of sockets) socket.disconnect();
      await plain.close();
    },
  };
}

async function floodBare(): Promise<number> {
  const shell = loadPty().spawn('/bin/bash', ['--norc'], { cols: SIZE.columns, rows: SIZE.rows });
  const typed = new Typed((data) => shell.write(data));
  shell.onData(typed.printed);
  try {
    await typed.ready();
    return await typed.flood();
  } finally {
    shell.kill('SIGKILL');
  }
}
