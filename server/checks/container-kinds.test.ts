import { judgesAsTold, type World } from './testing.ts';

/** Conditions on containers and on what they use: states that pass, states that do not, and slips that are told apart. */

const clocks = { kind: 'container-exists', image: 'busybox', state: 'running', atLeast: 2 };
const CLOCK = { Config: { Image: 'busybox' } };
const config = { kind: 'container-config', name: 'box' };
const box = (more: object = {}): World => ({ containers: [{ Name: '/box', ...more }] });
const logs = { kind: 'container-logs', name: 'box', contains: 'Hello' };
const http = { kind: 'http', port: 8080, contains: 'Welcome' };
const publishing = (State = {}) =>
  box({ HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } }, State });

judgesAsTold([
  ['as many containers', clocks, { containers: [CLOCK, CLOCK] }, true, 'Found the container'],
  [
    'too few containers',
    clocks,
    { containers: [CLOCK] },
    false,
    'is one running container from `busybox:latest`',
  ],
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
]);
