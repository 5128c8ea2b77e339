import { expect, test } from 'vitest';
import { Check, checksIn } from '../../lessons/checks.ts';
import { judge, touches } from './judge.ts';
import { viewOf, type World } from './testing.ts';

/** Every kind with a state that passes, states that do not, and slips that are told apart. */

type Row = [what: string, check: Record<string, unknown>, world: World, passed: boolean, says: string];

const DEBIAN = { RepoTags: ['debian:latest'], RootFS: { Layers: ['base'] }, Size: 74_000_000 };
const WEB = { RepoTags: ['web:1'], RootFS: { Layers: ['base', 'a', 'b'] }, Size: 80_000_000 };
const OTHER = { RepoTags: ['other:1'], RootFS: { Layers: ['x'] }, Size: 5_000_000 };
const IMAGES: World = { images: [DEBIAN, WEB, OTHER] };
const NONE = { RepoTags: ['<none>:<none>'] };

const clocks = { kind: 'container-exists', image: 'busybox', state: 'running', atLeast: 2 };
const CLOCK = { Config: { Image: 'busybox' } };
const layers = { kind: 'image-layers', image: 'web:1' };
const size = { kind: 'image-size', image: 'web:1' };
const shared = { kind: 'shared-layers', image: 'web:1', with: 'debian' };
const same = { kind: 'same-image', images: ['web:1', 'web:2'] };
const dangling = { kind: 'dangling-images' };
const steps = { kind: 'image-history', image: 'web:1', contains: ['COPY', 'WORKDIR'] };
const file = { kind: 'file-in-image', image: 'web:1', path: '/app' };
const secret = { kind: 'file-in-layer', image: 'web:1', path: '/secret' };
const config = { kind: 'container-config', name: 'box' };
const box = (more: object = {}): World => ({ containers: [{ Name: '/box', ...more }] });
const logs = { kind: 'container-logs', name: 'box', contains: 'Hello' };
const http = { kind: 'http', port: 8080, contains: 'Welcome' };
const publishing = (State = {}) =>
  box({ HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }, State });
const note = { kind: 'workspace-file', path: '~/web/notes' };
const built = { kind: 'built-from', image: 'web:1', dockerfile: '~/web/Dockerfile' };
const docker = (rule: string) => ({ kind: 'dockerfile', path: '~/web/Dockerfile', rules: [rule] });
const at = (text: string, ignore?: string): World => ({
  home: { '~/web/Dockerfile': text, ...(ignore === undefined ? {} : { '~/web/.dockerignore': ignore }) },
});
const onHub = { kind: 'registry-tag', repository: 'web', tag: '1' };
const local = { ...onHub, registry: 'localhost:5000' };
const DIGEST = `sha256:${'a'.repeat(64)}`;
const signed = { kind: 'signed-tag', repository: 'web', tag: '1' };
const SIGNED: World = {
  hub: { 'anna/web': { 1: DIGEST } },
  signed: { 'anna/web': { tags: { 1: DIGEST }, signers: ['mary'] } },
};
const push = { kind: 'pushed', reference: 'web:1', sent: 1, there: 1 };
const cache = { kind: 'build-steps', tag: 'web:1', cached: ['apt-get'], made: ['COPY'] };
const BUILD: [string, string][] = [
  ['FROM debian', 'base'],
  ['RUN apt-get update', 'cached'],
  ['COPY . .', 'made'],
];
const event = {
  kind: 'event-happened',
  type: 'image',
  action: 'pull',
  since: 'step',
  missing: 'Pull it again.',
};
const look = { kind: 'command', run: 'jq . x', contains: 'web', missing: 'Try jq.' };
const debian = { kind: 'image-exists', image: 'debian' };
const web2 = { kind: 'image-exists', image: 'web:2' };

const ROWS: Row[] = [
  ['as many containers', clocks, { containers: [CLOCK, CLOCK] }, true, 'Found the container'],
  [
    'too few containers',
    clocks,
    { containers: [CLOCK] },
    false,
    'is one running container from `busybox:latest`',
  ],
  ['as many layers', { ...layers, count: 3 }, IMAGES, true, 'has 3 layers'],
  ['too many layers', { ...layers, max: 2 }, IMAGES, false, 'has 3 layers; the task asks for at most 2'],
  ['layers of no image', { ...layers, image: 'wbe:1', min: 1 }, IMAGES, false, '`docker tag web:1 wbe:1`'],
  ['small enough', { ...size, under: '81 MB' }, IMAGES, true, '80 MB'],
  ['just too large', { ...size, under: '80 MB' }, IMAGES, false, 'less than 80 MB'],
  ['too small', { ...size, over: '1 GB' }, IMAGES, false, 'has only 80 MB'],
  ['smaller than another', { ...size, image: 'other:1', 'smaller-than': 'web:1' }, IMAGES, true, '5 MB'],
  ['not the smaller one', { ...size, 'smaller-than': 'other:1' }, IMAGES, false, 'should be the smaller one'],
  ['shares the base', shared, IMAGES, true, 'share one layer'],
  [
    'shares nothing',
    { ...shared, with: 'other:1' },
    IMAGES,
    false,
    'share no layer; the task asks for at least 1',
  ],
  ['shares where it should not', { ...shared, min: 0, max: 0 }, IMAGES, false, 'at most 0'],
  ['two names of one', same, { images: [{ RepoTags: ['web:1', 'web:2'] }] }, true, 'are one image'],
  ['two images', same, { images: [WEB, { RepoTags: ['web:2'] }] }, false, '`docker tag web:1 web:2`'],
  ['none dangles', { ...dangling, count: 0 }, IMAGES, true, 'There is no dangling image'],
  ['one dangles', { ...dangling, count: 0 }, { images: [NONE] }, false, 'one dangling image'],
  [
    'two dangle',
    { ...dangling, min: 2 },
    {
      images: [
        { ...NONE, Id: 'a' },
        { ...NONE, Id: 'b' },
      ],
    },
    true,
    'are 2',
  ],
  [
    'steps found',
    steps,
    { ...IMAGES, history: { 'web:1': ['WORKDIR /app', 'COPY x y'] } },
    true,
    '`COPY` and',
  ],
  ['a step missing', steps, { ...IMAGES, history: { 'web:1': ['COPY x y'] } }, false, '`WORKDIR`'],

  [
    'mode and owner',
    { ...file, mode: '755', owner: '0:0' },
    { ...IMAGES, files: { 'web:1 /app': { mode: 0o755 } } },
    true,
    'Found',
  ],
  [
    'another mode',
    { ...file, mode: '755' },
    { ...IMAGES, files: { 'web:1 /app': {} } },
    false,
    'its mode is 644, not 755',
  ],
  [
    'another owner',
    { ...file, owner: '33' },
    { ...IMAGES, files: { 'web:1 /app': {} } },
    false,
    'belongs to 0:0, not to 33',
  ],
  [
    'a folder',
    { ...file, type: 'file' },
    { ...IMAGES, files: { 'web:1 /app': { type: 'directory' } } },
    false,
    'it is a folder',
  ],
  [
    'letter case',
    { ...file, contains: 'hello' },
    { ...IMAGES, files: { 'web:1 /app': { content: btoa('HELLO') } } },
    false,
    'upper and lower case',
  ],
  [
    'a pattern',
    { ...file, matches: '^v\\d$' },
    { ...IMAGES, files: { 'web:1 /app': { content: btoa('a\nv2\n') } } },
    true,
    'Found',
  ],

  ['in no layer', { ...secret, present: false }, IMAGES, true, 'No layer'],
  [
    'deleted too late',
    { ...secret, present: false },
    { ...IMAGES, layersOfFile: { 'web:1 /secret': [false, true, false] } },
    false,
    'still lies in layer 2',
  ],
  [
    'in the top layer',
    { ...secret, layer: -1 },
    { ...IMAGES, layersOfFile: { 'web:1 /secret': [false, false, true] } },
    true,
    'in layer 3',
  ],
  [
    'in another layer',
    { ...secret, layer: 0 },
    { ...IMAGES, layersOfFile: { 'web:1 /secret': [false, true, false] } },
    false,
    'it is in layer 2',
  ],
  [
    'hidden',
    { ...secret, hidden: true },
    { ...IMAGES, layersOfFile: { 'web:1 /secret': [false, true, false] } },
    true,
    'still in a layer below',
  ],
  [
    'not hidden',
    { ...secret, hidden: true },
    { ...IMAGES, files: { 'web:1 /secret': {} }, layersOfFile: { 'web:1 /secret': [true] } },
    false,
    'nothing hides it',
  ],
  [
    'hidden though it should not',
    { ...secret, hidden: false },
    { ...IMAGES, layersOfFile: { 'web:1 /secret': [true, false] } },
    false,
    'whoever gets the image',
  ],
  ['never there', { ...secret, hidden: true }, IMAGES, false, 'No layer of `web:1` has'],

  [
    'limits',
    { ...config, memory: '64 MB', restart: 'no' },
    box({ HostConfig: { Memory: 64 * 1024 ** 2 } }),
    true,
    'set up as asked',
  ],
  ['no limit', { ...config, memory: '64 MB' }, box(), false, '`docker update -m … box`'],
  [
    'another limit',
    { ...config, memory: '64 MB' },
    box({ HostConfig: { Memory: 64_000_000 } }),
    false,
    'is 64 MB, and should',
  ],
  [
    'restart policy',
    { ...config, restart: 'always' },
    box({ HostConfig: { RestartPolicy: { Name: 'no' } } }),
    false,
    'restart policy is `no`',
  ],
  [
    'variable',
    { ...config, env: { A: '1' } },
    box({ Config: { Env: ['A=2'] } }),
    false,
    '`A` is `2`, not `1`',
  ],
  [
    'in a network',
    { ...config, network: 'lab' },
    box({ NetworkSettings: { Networks: { lab: {} } } }),
    true,
    'as asked',
  ],
  [
    'in another network',
    { ...config, network: 'lab' },
    box({ NetworkSettings: { Networks: { bridge: {} } } }),
    false,
    '`docker network connect lab box`',
  ],
  [
    'a volume',
    { ...config, mounts: { '/data': 'notes' } },
    box({ Mounts: [{ Type: 'volume', Name: 'notes', Destination: '/data' }] }),
    true,
    'as asked',
  ],
  [
    'a volume elsewhere',
    { ...config, mounts: { '/data': 'notes' } },
    box({ Mounts: [{ Type: 'volume', Name: 'notes', Destination: '/dta' }] }),
    false,
    'lies at `/dta`',
  ],
  [
    'another volume',
    { ...config, mounts: { '/data': 'notes' } },
    box({ Mounts: [{ Type: 'volume', Name: 'f'.repeat(64), Destination: '/data' }] }),
    false,
    '`ffffffffffff` lies at',
  ],
  ['nothing mounted', { ...config, mounts: { '/data': true } }, box(), false, 'nothing is mounted'],
  ['a port', { ...config, ports: { '80/tcp': 8080 } }, publishing(), true, 'as asked'],
  [
    'ports swapped',
    { ...config, ports: { '8080/tcp': 8080 } },
    publishing(),
    false,
    "the machine's port comes first",
  ],
  ['another port', { ...config, ports: { 80: 9090 } }, publishing(), false, '`-p 9090:80` is asked for'],
  ['no port', { ...config, ports: { 81: 9090 } }, publishing(), false, 'is not published'],
  ['read-only', { ...config, readOnly: true }, box(), false, '--read-only'],
  ['no health check', { ...config, health: 'healthy' }, box(), false, 'has no health check'],
  [
    'not healthy yet',
    { ...config, health: 'healthy' },
    box({ State: { Health: { Status: 'starting' } } }),
    false,
    '`starting`',
  ],
  ['settings of none', config, box({ Name: '/bxo' }), false, '`docker rename bxo box`'],

  ['printed', logs, { ...box(), logs: { box: 'Hello!\n' } }, true, 'docker logs box'],
  ['printed otherwise', logs, { ...box(), logs: { box: 'hello\n' } }, false, 'upper and lower case'],
  ['silent', logs, box(), false, 'has not printed anything yet'],

  ['a volume there', { kind: 'volume-exists', name: 'notes' }, { volumes: ['notes'] }, true, 'Found'],
  [
    'a volume misspelt',
    { kind: 'volume-exists', name: 'notes' },
    { volumes: ['note'] },
    false,
    'There is a volume `note`',
  ],
  [
    'a volume still there',
    { kind: 'volume-exists', name: 'notes', present: false },
    { volumes: ['notes'] },
    false,
    'docker volume rm notes',
  ],
  [
    'a network gone',
    { kind: 'network-exists', name: 'lab', present: false },
    {},
    true,
    'There is no network',
  ],
  ['a network missing', { kind: 'network-exists', name: 'lab' }, {}, false, 'docker network ls'],

  ['an answer', http, { web: { '8080/': { body: '<h1>Welcome' } } }, true, 'answers.'],
  ['another page', http, { web: { '8080/': { body: 'It works' } } }, false, '`Welcome` does not stand in it'],
  [
    'another status',
    http,
    { web: { '8080/': { status: 404 } } },
    false,
    'answers with 404 (there is nothing',
  ],
  ['nobody publishes', http, {}, false, 'no container publishes it'],
  ['the container has stopped', http, publishing({ Status: 'exited' }), false, 'is not running'],
  ['the program does not listen', http, publishing(), false, 'on all addresses'],

  ['a file', { ...note, contains: 'milk' }, { home: { '~/web/notes': 'buy milk' } }, true, 'Found'],
  ['a file elsewhere', note, { home: { '~/notes': 'x' } }, false, '`mv ~/notes ~/web/notes`'],
  ['no file', note, {}, false, 'no file `~/web/notes` yet'],
  [
    'a word too many',
    { ...note, lacks: 'pass\\w+' },
    { home: { '~/web/notes': 'my password' } },
    false,
    '`password` stands in it',
  ],
  [
    'a file too many',
    { ...note, present: false },
    { home: { '~/web/notes': '' } },
    false,
    '`rm ~/web/notes`',
  ],

  [
    'built from it',
    built,
    {
      ...IMAGES,
      ...at('FROM debian\nRUN  make all\nCMD ["x"]\n'),
      history: { 'web:1': ['/bin/sh -c #(nop)  CMD ["x"]', '/bin/sh -c make all', 'base'] },
    },
    true,
    'was built from',
  ],
  [
    'changed since',
    built,
    {
      ...IMAGES,
      ...at('FROM debian\nRUN make most\n'),
      history: { 'web:1': ['/bin/sh -c make all', 'base'] },
    },
    false,
    'line 2',
  ],
  ['built from nothing', built, IMAGES, false, 'no file `~/web/Dockerfile` yet'],

  [
    'two stages',
    docker('multi-stage'),
    at('FROM a AS b\nFROM scratch\nCOPY --from=b /x /\n'),
    true,
    'as asked',
  ],
  ['one stage', docker('multi-stage'), at('FROM a\n'), false, 'one stage'],
  ['two that share nothing', docker('multi-stage'), at('FROM a AS b\nFROM c\n'), false, 'takes nothing'],
  ['a version', docker('no-latest'), at('FROM debian:12\nFROM scratch\n'), true, 'as asked'],
  ['no version', docker('no-latest'), at('FROM debian\n'), false, 'line 1'],
  ['a port is no version', docker('no-latest'), at('FROM localhost:5000/web\n'), false, 'line 1'],
  ['pinned', docker('pinned-by-digest'), at(`FROM debian@${DIGEST}\n`), true, 'as asked'],
  ['not pinned', docker('pinned-by-digest'), at('FROM debian:12\n'), false, '--digests'],
  ['a user', docker('non-root'), at('FROM a\nUSER 1000\n'), true, 'as asked'],
  ['no user', docker('non-root'), at('FROM a\nUSER app\nFROM b\n'), false, 'run as root'],
  ['root again', docker('non-root'), at('FROM a\nUSER app\nUSER root\n'), false, 'line 3'],
  ['a list', docker('exec-form'), at('FROM a\nCMD ["x"]\n'), true, 'as asked'],
  ['a shell line', docker('exec-form'), at('FROM a\nENTRYPOINT x\n'), false, 'line 2 goes through a shell'],
  [
    'lists cleaned',
    docker('apt-cleaned'),
    at('FROM a\nRUN apt-get update && apt-get install -y x && rm -rf /var/lib/apt/lists/*\n'),
    true,
    'as asked',
  ],
  [
    'lists left',
    docker('apt-cleaned'),
    at('FROM a\nRUN apt-get update && apt-get install -y x\nRUN rm -rf /var/lib/apt/lists/*\n'),
    false,
    'line 2',
  ],
  ['ADD', docker('no-add'), at('FROM a\nADD x y\n'), false, '`COPY`'],
  ['COPY', docker('no-add'), at('FROM a\nCOPY x y\n'), true, 'as asked'],
  ['a secret', docker('no-secret'), at('FROM a\nENV DB_PASSWORD=x\n'), false, '`DB_PASSWORD`'],
  ['no secret', docker('no-secret'), at('FROM a\nENV PASSENGERS=3\nARG TOKEN\n'), true, 'as asked'],
  [
    'list first',
    docker('dependencies-first'),
    at('FROM a\nCOPY package.json ./\nRUN npm ci\nCOPY . .\n'),
    true,
    'as asked',
  ],
  [
    'everything first',
    docker('dependencies-first'),
    at('FROM a\nCOPY . .\nRUN npm ci\n'),
    false,
    'line 2 copies everything',
  ],
  ['left out', docker('has-dockerignore'), at('FROM a\n', '.git\n'), true, 'as asked'],
  ['nothing left out', docker('has-dockerignore'), at('FROM a\n'), false, '.dockerignore'],
  [
    'what is ignored',
    { ...docker('no-add'), ignores: ['.git/config'] },
    at('FROM a\n', '.git\n'),
    true,
    'as asked',
  ],
  [
    'what is sent',
    { ...docker('no-add'), ignores: ['secret.env'] },
    at('FROM a\n', '*.envs\n'),
    false,
    '`secret.env` is sent',
  ],
  [
    'an instruction',
    { ...docker('no-add'), has: ['workdir  /app'] },
    at('FROM a\nWORKDIR /app\n'),
    true,
    'as asked',
  ],
  [
    'another instruction',
    { ...docker('no-add'), has: ['WORKDIR /app'] },
    at('FROM a\nWORKDIR /ap\n'),
    false,
    '`WORKDIR /ap` where',
  ],
  ['no Dockerfile at all', docker('no-add'), at('FORM a\n'), false, 'does not understand'],

  ['on the hub', onHub, { hub: { 'anna/web': { 1: DIGEST } } }, true, '`anna/web:1`'],
  [
    'another tag on the hub',
    onHub,
    { hub: { 'anna/web': { latest: DIGEST } } },
    false,
    '`anna/web:latest` is on the hub',
  ],
  ['nothing on the hub', onHub, {}, false, '`NAME/web:1`'],
  [
    'the same on the hub',
    { ...onHub, 'same-as': 'web:1' },
    { images: [{ ...WEB, RepoDigests: [`anna/web@${DIGEST}`] }], hub: { 'anna/web': { 1: DIGEST } } },
    true,
    'is `web:1`',
  ],
  [
    'an old one on the hub',
    { ...onHub, 'same-as': 'web:1' },
    { images: [{ ...WEB, RepoDigests: [] }], hub: { 'anna/web': { 1: DIGEST } } },
    false,
    'push it again',
  ],
  ['signed', signed, SIGNED, true, '`anna/web:1` is signed'],
  ['pushed, and not signed', signed, { hub: { 'anna/web': { 1: DIGEST } } }, false, 'DOCKER_CONTENT_TRUST=1'],
  ['not even pushed', signed, {}, false, '`DOCKER_CONTENT_TRUST=1 docker push NAME/web:1`'],
  ['another tag signed', { ...signed, tag: '2' }, SIGNED, false, '`anna/web:1` is.'],
  ['signed still', { ...signed, present: false }, SIGNED, false, '`docker trust revoke anna/web:1`'],
  ['signed no more', { ...signed, tag: '2', present: false }, SIGNED, true, '`web:2`'],
  ['a signer', { ...signed, signer: 'mary' }, SIGNED, true, 'is signed'],
  [
    'no such signer',
    { ...signed, signer: 'bob' },
    SIGNED,
    false,
    '`docker trust signer add --key bob.pub bob',
  ],
  ['a tag that was not moved', { ...signed, moved: true }, SIGNED, false, 'is still the image'],
  [
    'a tag that was moved',
    { ...signed, moved: true },
    { ...SIGNED, hub: { 'anna/web': { 1: `sha256:${'b'.repeat(64)}` } } },
    true,
    'is signed',
  ],
  [
    'a notary that does not answer',
    signed,
    { ...SIGNED, signed: { 'anna/web': new Error('no') } },
    false,
    'does not answer',
  ],
  ['in the registry', local, { web: { '5000/v2/web/manifests/1': {} } }, true, 'localhost:5000/web:1'],
  ['no registry', local, {}, false, 'No registry answers'],
  [
    'another tag in the registry',
    local,
    {
      web: {
        '5000/v2/web/manifests/1': { status: 404 },
        '5000/v2/web/tags/list': { body: '{"tags":["2"]}' },
      },
    },
    false,
    '`web:2`',
  ],
  [
    'gone from the registry',
    { ...local, present: false },
    { web: { '5000/v2/web/manifests/1': { status: 404 } } },
    true,
    'There is no',
  ],

  [
    'pushed',
    push,
    { pushes: [{ reference: 'localhost:5000/web:1', layers: ['there', 'done'] }] },
    true,
    'was pushed',
  ],
  [
    'pushed anew',
    push,
    { pushes: [{ reference: 'web:1', layers: ['done', 'done'] }] },
    false,
    '2 of its layers travelled',
  ],
  ['not pushed', push, { pushes: [{ reference: 'other:1', layers: [] }] }, false, 'Nothing like'],
  ['push failed', push, { pushes: [{ reference: 'web:1', layers: [], state: 'failed' }] }, false, 'failed'],
  ['cached', cache, { builds: [{ tag: 'web:1', steps: BUILD }] }, true, 'went as asked'],
  [
    'not cached',
    cache,
    { builds: [{ tag: 'web:1', steps: [['RUN apt-get update', 'made']] }] },
    false,
    'carried out anew',
  ],
  ['not built', cache, {}, false, 'Nothing has been built'],

  ['in this step', event, { events: [['image', 'pull', {}, 2000]], stepBegan: 1500 }, true, 'pull'],
  [
    'before this step',
    event,
    { events: [['image', 'pull', {}, 1000]], stepBegan: 1500 },
    false,
    'Pull it again.',
  ],
  [
    'an image without a name',
    { ...event, since: 'start' },
    { events: [['image', 'pull', { name: DIGEST }]] },
    true,
    `of \`${'a'.repeat(12)}\`.`,
  ],
  ['step not begun', event, { events: [['image', 'pull', {}, 1000]] }, false, 'Pull it again.'],
  [
    'not often enough',
    { ...event, since: 'start', times: 2 },
    { events: [['image', 'pull', {}]] },
    false,
    '1 of 2',
  ],

  ['a command', look, { says: { output: 'web\n' } }, true, 'as asked'],
  ['a command that says other things', look, { says: { output: 'db\n' } }, false, 'Try jq.'],
  ['a command that fails', look, { says: { exitCode: 4, output: 'web' } }, false, 'Try jq.'],
  ['a command that hangs', look, { says: { output: 'web', timedOut: true } }, false, 'Try jq.'],

  ['one of two', { kind: 'any', checks: [web2, debian] }, IMAGES, true, 'debian'],
  ['none of two', { kind: 'any', checks: [web2, { ...web2, image: 'web:3' }] }, IMAGES, false, '`web:2`'],
  ['both', { kind: 'all', checks: [debian, { ...debian, image: 'web:1' }] }, IMAGES, true, 'web:1'],
  ['one of both', { kind: 'all', checks: [debian, web2] }, IMAGES, false, 'web:2'],
  ['not that', { kind: 'not', check: web2, missing: 'Too early.' }, IMAGES, true, 'As it should be'],
  ['that after all', { kind: 'not', check: debian, missing: 'Too early.' }, IMAGES, false, 'Too early.'],
];

test.each(ROWS)('%s', async (_what, check, world, passed, says) => {
  const result = await judge(Check.parse(check), viewOf(world));
  expect(result.message).toContain(says);
  expect(result.passed).toBe(passed);
});

test('every kind here both passes and fails', () => {
  const kinds = (passed: boolean) =>
    new Set(ROWS.filter((row) => row[3] === passed).map(([, check]) => String(check.kind)));
  expect(kinds(true)).toEqual(kinds(false));
});

test('a check is touched by what its parts are touched by', () => {
  const check = Check.parse({ kind: 'any', checks: [debian, { kind: 'not', check: note, missing: 'x' }] });
  expect(checksIn(check).map(({ kind }) => kind)).toEqual(['any', 'image-exists', 'not', 'workspace-file']);
  expect([...touches(check)].sort()).toEqual(['builder', 'container', 'image', 'silent']);
});
