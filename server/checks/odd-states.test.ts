import { createServer, type Server } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Check, type CheckKind } from '../../lessons/checks.ts';
import { signalWithin } from '../../sandbox/time/limit.ts';
import { EngineClient } from '../engine/client.ts';
import { lookAt, type HubRepository } from './engine-view.ts';
import { lookAtExercise } from './exercises.ts';

/**
 * Each kind of check before engines in odd states: whatever they answer, a check finds a sentence, and nothing that was not
 * done counts as done. The answers are Docker's, as it gives them when there is little to say.
 */

/** By kind: a check that none of the odd states fulfils. */
const CHECKS: Record<CheckKind, object> = {
  'image-exists': { image: 'web:1' },
  'image-absent': { image: 'odd' },
  'image-config': { image: 'odd', cmd: ['x'], env: { A: 'b' }, labels: { a: 'b' }, exposes: ['80/tcp'] },
  'image-history': { image: 'odd', contains: ['COPY'], comment: true, author: true },
  'image-made-from': { image: 'odd', parent: 'base', addedLayers: 3 },
  'image-layers': { image: 'odd', count: 7 },
  'image-size': { image: 'odd', over: '1 GB', 'smaller-than': 'base' },
  'shared-layers': { image: 'odd', with: 'base', min: 2 },
  'same-image': { images: ['odd', 'base'] },
  'dangling-images': { count: 3 },
  'built-from': { image: 'odd', dockerfile: '~/web/Dockerfile' },
  'file-in-image': { image: 'odd', path: '/app/x', contains: 'hello' },
  'file-in-layer': { image: 'odd', path: '/app/x', layer: 5 },
  'container-exists': { name: 'box', image: 'base', state: 'running', exitCode: 0, command: 'serve' },
  'container-absent': { name: 'odd' },
  'container-changed': { name: 'odd', path: '/x', change: 'added' },
  'container-config': {
    name: 'odd',
    env: { A: 'b' },
    memory: '64 MB',
    mounts: { '/data': 'v' },
    ports: { 80: 8080 },
  },
  'container-logs': { name: 'odd', contains: 'ready' },
  'volume-exists': { name: 'data' },
  'network-exists': { name: 'back' },
  http: { port: 8080, contains: 'Welcome' },
  'workspace-file': { path: '~/web/notes', contains: 'x' },
  dockerfile: { path: '~/web/Dockerfile', rules: ['multi-stage', 'non-root'], has: ['WORKDIR /app'] },
  'registry-tag': { registry: 'localhost:5000', repository: 'team/web', tag: '1' },
  'signed-tag': { repository: 'web', tag: '1', signer: 'mary' },
  pushed: { reference: 'web:1', sent: 1 },
  'build-steps': { tag: 'web:1', cached: ['RUN'] },
  'event-happened': { type: 'image', action: 'pull', missing: 'Nothing has been pulled.' },
  command: { run: 'true', contains: 'x', missing: 'It prints other things.' },
  any: {
    checks: [
      { kind: 'image-exists', image: 'web:1' },
      { kind: 'volume-exists', name: 'data' },
    ],
  },
  all: { checks: [{ kind: 'image-exists', image: 'web:1' }] },
  not: { check: { kind: 'image-exists', image: 'odd' }, missing: 'It is still there.' },
};

const LAYERS = ['sha256:a'];
const odd = (more: object) => ({
  Id: 'sha256:0dd',
  RootFS: { Layers: LAYERS },
  RepoTags: ['odd:latest'],
  ...more,
});
const box = (more: object) => ({
  Id: '0dd0dd0dd0dd0dd0',
  Name: '/odd',
  Image: 'sha256:0dd',
  Path: '',
  Args: null,
  State: { Status: 'exited', Running: false, ExitCode: 137 },
  Config: {},
  ...more,
});

type Answers = Readonly<Record<string, unknown>>;

const IMAGE = '/v1.41/images/odd/json';
const BOX = '/v1.41/containers/odd/json';
const LIST = '/v1.41/containers/json?all=1';
const line = {
  Id: '0dd0dd0dd0dd0dd0',
  Names: ['/odd'],
  Image: 'odd',
  ImageID: 'sha256:0dd',
  State: 'exited',
};

/** What the engine answers, by path; 404 to all else but these. */
const DEFAULTS: Answers = {
  '/v1.41/images/json': [],
  [LIST]: [],
  '/v1.41/volumes': { Volumes: [] },
  '/v1.41/networks': [],
  '/slipway/run': { exitCode: 1, timedOut: false, output: '' },
};

const STATES: readonly [what: string, answers: Answers][] = [
  ['nothing at all', {}],
  [
    'empty lists',
    { '/v1.41/images/json': [], [LIST]: [], '/v1.41/volumes': { Volumes: [] }, '/v1.41/networks': [] },
  ],
  [
    'null in place of lists',
    { '/v1.41/volumes': { Volumes: null }, [IMAGE]: odd({ RepoDigests: null, Config: null }) },
  ],
  ['an image without settings', { [IMAGE]: odd({ Config: null, Size: null, Comment: null }) }],
  [
    'an image with empty settings',
    { [IMAGE]: odd({ Config: { Cmd: null, Env: [''], Labels: null, ExposedPorts: null } }) },
  ],
  ['an image without layers', { [IMAGE]: odd({ RootFS: { Layers: null } }) }],
  [
    'settings of an old form',
    { [IMAGE]: odd({ Config: { Env: ['A', '=', 'A=b=c', '__proto__=b'], Cmd: [''] } }) },
  ],
  [
    'images by digest alone',
    {
      '/v1.41/images/json': [{ Id: 'sha256:1', RepoTags: null, Created: 0, ParentId: '' }],
      [IMAGE]: odd({ RepoTags: null, RepoDigests: ['odd@sha256:1'] }),
    },
  ],
  ['an image that is found by what its id begins with', { [IMAGE]: odd({ RepoTags: ['other:latest'] }) }],
  [
    'names with ports and depth',
    { '/v1.41/images/json': [{ Id: 'i', RepoTags: ['localhost:5000/team/web:1'], Created: 0 }] },
  ],
  ['a history of nothing', { [IMAGE]: odd({}), '/v1.41/images/odd/history': [] }],
  [
    'a container that is being removed',
    { [LIST]: [{ ...line, Names: [], State: 'removing' }], [BOX]: box({ Name: '' }) },
  ],
  [
    'a container of an image that is gone',
    { [LIST]: [{ ...line, Image: 'sha256:0dd' }], [BOX]: box({ Config: { Image: null } }) },
  ],
  [
    'one that was paused',
    { [LIST]: [line], [BOX]: box({ State: { Status: 'paused', Running: true, ExitCode: 0 } }) },
  ],
  [
    'one that is dead',
    { [LIST]: [line], [BOX]: box({ State: { Status: 'dead', Running: false, ExitCode: -1 } }) },
  ],
  [
    'one with nothing but nulls',
    {
      [BOX]: box({
        HostConfig: { PortBindings: { '80/tcp': null }, Memory: null, RestartPolicy: null },
        Mounts: null,
        NetworkSettings: null,
      }),
      '/v1.41/containers/0dd0dd0dd0dd0dd0/changes': null,
    },
  ],
  [
    'changes of another kind',
    { [BOX]: box({}), '/v1.41/containers/0dd0dd0dd0dd0dd0/changes': [{ Path: '/x', Kind: 9 }] },
  ],
  [
    'logs of bytes that are no text',
    { [BOX]: box({}), '/v1.41/containers/0dd0dd0dd0dd0dd0/logs': Buffer.alloc(99, 0xff) },
  ],
  [
    'logs without an end',
    { [BOX]: box({}), '/v1.41/containers/0dd0dd0dd0dd0dd0/logs': Buffer.alloc(6_000_000, 'a') },
  ],
  [
    'a binary file',
    {
      [IMAGE]: odd({}),
      '/slipway/images/file': { type: 'file', mode: 0, uid: 0, gid: 0, size: 3, content: '/////w==' },
    },
  ],
  [
    'a file that is too large',
    { [IMAGE]: odd({}), '/slipway/images/file': { type: 'file', mode: 0, uid: 0, gid: 0, size: 1e12 } },
  ],
  [
    'a folder',
    { [IMAGE]: odd({}), '/slipway/images/file': { type: 'directory', mode: 0o755, uid: 0, gid: 0, size: 0 } },
  ],
  ['layers that are not told', { [IMAGE]: odd({}), '/slipway/images/file/layers': { layers: [] } }],
  [
    'an engine that refuses',
    { [IMAGE]: odd({}), [BOX]: box({}), '/v1.41/images/odd/history': 500, '/v1.41/volumes': 500 },
  ],
  [
    'an image and its base as one',
    { [IMAGE]: odd({}), '/v1.41/images/base/json': odd({ Id: 'sha256:ba5e', RepoTags: ['base:latest'] }) },
  ],
  ['a script that prints nothing', { '/slipway/run': { exitCode: 0, timedOut: false, output: '' } }],
  [
    'names in capitals',
    { '/v1.41/volumes': { Volumes: [{ Name: 'DATA' }] }, '/v1.41/networks': [{ Name: 'Back' }] },
  ],
];

/** States of which a part is what a check asks for. */
const HOLDS: Partial<Record<CheckKind, (answers: Answers) => boolean>> = {
  'image-absent': (answers) => !isNamed(answers[IMAGE]),
  'container-absent': (answers) => !isNamed(answers[BOX]),
  not: (answers) => !isNamed(answers[IMAGE]),
};

const isNamed = (answer: unknown): boolean => {
  const { RepoTags, Name } = (answer ?? {}) as { RepoTags?: string[] | null; Name?: string };
  return RepoTags?.includes('odd:latest') === true || Name === '/odd';
};

const HUBS: readonly [what: string, hub: readonly HubRepository[]][] = [
  ['nothing on the hub', []],
  ['a repository without tags', [{ name: 'anna/web', tags: new Map(), signed: async () => undefined }]],
  [
    'a list of signatures with nothing in it',
    [{ name: 'anna/web', tags: new Map(), signed: async () => ({ tags: new Map(), signers: [] }) }],
  ],
  [
    'a notary that does not answer',
    [{ name: 'anna/web', tags: new Map(), signed: () => Promise.reject(new Error('no')) }],
  ],
];

let folder: string;
let http: Server;
let client: EngineClient;
let answers: Answers = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-odd-'));
  http = createServer((request, response) => {
    const url = request.url ?? '';
    const answer = answers[url] ?? answers[url.replace(/\?.*$/, '')];
    if (answer === undefined || typeof answer === 'number') {
      response
        .writeHead(answer ?? 404)
        .end(JSON.stringify({ message: 'The engine says `no`\nin two lines' }));
      return;
    }
    response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => http.listen(join(folder, 'engine.sock'), resolve));
  client = new EngineClient(join(folder, 'engine.sock'));
});

afterAll(async () => {
  client.close();
  http.closeAllConnections();
  http.close();
  await rm(folder, { recursive: true });
});

async function look(kind: CheckKind, hub: readonly HubRepository[] = []) {
  const check = Check.parse({ kind, ...CHECKS[kind] });
  const engine = lookAt(client, {
    events: [],
    builds: [],
    transfers: [],
    hub: () => hub,
    expected: new Set(),
    signal: signalWithin(5000),
  });
  const task = { type: 'task' as const, step: 's', id: 't', title: 't', checks: [check], hints: [] };
  const exercise = { ...task, 'dead-ends': [], 'near-misses': [] };
  const found = await lookAtExercise(exercise, { engine, variables: {}, values: {} });
  return { passed: found?.done === true, message: found?.findings[0]?.message ?? '' };
}

/** One to three sentences in which nothing of the program shows. */
function expectSentence(message: string): void {
  expect(message).toMatch(/^[^\n]{8,400}[.…]$/su);
  expect(message).not.toMatch(/undefined|null|NaN|\[object|Infinity|``/u);
  expect(message.split('`').length % 2, message).toBe(1);
}

test.each(STATES)('before %s every kind says what it finds', async (_what, given) => {
  answers = { ...DEFAULTS, ...given };
  for (const kind of Object.keys(CHECKS) as CheckKind[]) {
    const { passed, message } = await look(kind);
    expect({ kind, passed, message }).toEqual({ kind, passed: HOLDS[kind]?.(given) ?? false, message });
    expectSentence(`${kind}: ${message}`);
  }
});

test.each(HUBS)('before %s', async (_what, hub) => {
  answers = DEFAULTS;
  for (const kind of ['registry-tag', 'signed-tag'] as const) {
    const { passed, message } = await look(kind, hub);
    expect(passed).toBe(false);
    expectSentence(message);
  }
});
