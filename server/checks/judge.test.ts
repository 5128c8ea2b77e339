import { describe, expect, test } from 'vitest';
import type { Check } from '../../lessons/checks.ts';
import type { ImageDetail } from '../engine/schemas.ts';
import { judge } from './judge.ts';
import { familiarName } from './names.ts';
import { viewOf, type World } from './testing.ts';

const CONFIG = { Env: [], Cmd: [], Entrypoint: [], Labels: {} };
const DEBIAN = { RepoTags: ['debian:latest'] };
const greeter = (more: Partial<ImageDetail> = {}) => ({
  RepoTags: ['greeter:1'],
  RootFS: { Layers: ['base', 'mine'] },
  ...more,
});

interface Row {
  readonly check: Check;
  readonly world: World;
  readonly passed: boolean;
  /** Has to stand in the message. */
  readonly says: string;
}

const exists: Check = { kind: 'image-exists', image: 'greeter:1' };
const container: Check = { kind: 'container-exists', name: 'workshop', image: 'debian' };
const changed: Check = {
  kind: 'container-changed',
  name: 'workshop',
  path: '/usr/local/bin/greet',
  change: 'added',
};
const history: Check = { kind: 'image-history', image: 'greeter:1', comment: true, author: true };
const madeFrom: Check = { kind: 'image-made-from', image: 'greeter:1', parent: 'debian', addedLayers: 1 };
const file: Check = {
  kind: 'file-in-image',
  image: 'greeter:1',
  path: '/bin/greet',
  present: true,
  executable: true,
};
const cmd: Check = { kind: 'image-config', image: 'greeter:1', cmd: ['greet'] };
const ran: Check = {
  kind: 'container-exists',
  image: 'greeter:1',
  command: 'greet',
  state: 'exited',
  exitCode: 0,
};
const started: Check = {
  kind: 'event-happened',
  type: 'container',
  action: 'start',
  attributes: { image: 'greeter:1' },
  since: 'start',
  times: 1,
  missing: 'Start it.',
};

const ROWS: Record<string, Row> = {
  'image found': { check: exists, world: { images: [greeter()] }, passed: true, says: 'Found `greeter:1`' },
  'image missing': { check: exists, world: {}, passed: false, says: 'docker image ls' },
  'another tag': {
    check: exists,
    world: { images: [{ RepoTags: ['greeter:latest'] }] },
    passed: false,
    says: '`docker tag greeter:latest greeter:1`',
  },
  'a slip of the name': {
    check: exists,
    world: { images: [{ RepoTags: ['greter:1'] }] },
    passed: false,
    says: '`docker tag greter:1 greeter:1`',
  },
  'another image of the lesson is no slip': {
    check: exists,
    world: { images: [{ RepoTags: ['greeter:2'] }], expected: ['greeter:2'] },
    passed: false,
    says: 'There is no image `greeter:1` yet',
  },
  'no container from the image': {
    check: ran,
    world: { images: [greeter()], containers: [{ Name: '/workshop' }] },
    passed: false,
    says: 'no container from `greeter:1` yet. `docker run greeter:1 greet`',
  },
  'an image without a name': {
    check: exists,
    world: { images: [DEBIAN, { Id: 'sha256:0123456789abcdef' }] },
    passed: false,
    says: '`docker tag 0123456789ab greeter:1`',
  },
  'image still there': {
    check: { kind: 'image-absent', image: 'debian' },
    world: { images: [DEBIAN] },
    passed: false,
    says: 'docker image rm debian',
  },
  'image gone': {
    check: { kind: 'image-absent', image: 'debian' },
    world: {},
    passed: true,
    says: 'no `debian:latest`',
  },

  'container found': {
    check: container,
    world: { images: [DEBIAN], containers: [{ Name: '/workshop' }] },
    passed: true,
    says: '`workshop` from `debian:latest`',
  },
  'never started': {
    check: { ...container, started: true },
    world: {
      images: [DEBIAN],
      containers: [{ Name: '/workshop', State: { Status: 'created', StartedAt: '0001-01-01T00:00:00Z' } }],
    },
    passed: false,
    says: 'never run',
  },
  'started once': {
    check: { ...container, started: true },
    world: {
      images: [DEBIAN],
      containers: [{ Name: '/workshop', State: { Status: 'exited', StartedAt: '2026-11-21T10:00:00Z' } }],
    },
    passed: true,
    says: 'workshop',
  },
  'without an input': {
    check: { ...container, interactive: true },
    world: { images: [DEBIAN], containers: [{ Name: '/workshop' }] },
    passed: false,
    says: '`workshop` was started without `-it`',
  },
  'with an input and a terminal': {
    check: { ...container, interactive: true },
    world: {
      images: [DEBIAN],
      containers: [{ Name: '/workshop', Config: { OpenStdin: true, Tty: true } }],
    },
    passed: true,
    says: 'workshop',
  },
  'no container': { check: container, world: {}, passed: false, says: 'no container yet' },
  'a container with another name': {
    check: container,
    world: { images: [DEBIAN], containers: [{ Name: '/eager_bell' }] },
    passed: false,
    says: '`docker rename eager_bell workshop`',
  },
  'a container from another image': {
    check: container,
    world: { images: [DEBIAN], containers: [{ Name: '/workshop', Config: { Image: 'busybox' } }] },
    passed: false,
    says: 'was made from `busybox`, not from `debian:latest`',
  },
  'a container from the same image under another name': {
    check: container,
    world: {
      images: [{ Id: 'sha256:same', RepoTags: ['debian:latest', 'debian:12'] }],
      containers: [{ Name: '/workshop', Image: 'sha256:same', Config: { Image: 'debian:12' } }],
    },
    passed: true,
    says: 'workshop',
  },
  'the right one among several': {
    check: ran,
    world: {
      images: [greeter()],
      containers: [
        { Path: 'bash', Config: { Image: 'greeter:1' } },
        { Path: 'greet', State: { Status: 'exited' }, Config: { Image: 'greeter:1' } },
      ],
    },
    passed: true,
    says: '`c1`',
  },
  'another command': {
    check: ran,
    world: {
      images: [greeter()],
      containers: [{ Path: 'ls', State: { Status: 'exited' }, Config: { Image: 'greeter:1' } }],
    },
    passed: false,
    says: 'was started with `greet` yet; the newest runs `ls`',
  },
  'a failed command': {
    check: ran,
    world: {
      images: [greeter()],
      containers: [
        { Path: 'greet', State: { Status: 'exited', ExitCode: 127 }, Config: { Image: 'greeter:1' } },
      ],
    },
    passed: false,
    says: 'code 127 (the program was not found)',
  },
  'container gone': {
    check: { kind: 'container-absent', name: 'web' },
    world: {},
    passed: true,
    says: 'any more',
  },
  'container still there': {
    check: { kind: 'container-absent', name: 'web' },
    world: { containers: [{ Name: '/web' }] },
    passed: false,
    says: '`docker rm -f web`',
  },

  'path added': {
    check: changed,
    world: { containers: [{ Name: '/workshop' }], changes: { workshop: [['/usr/local/bin/greet', 1]] } },
    passed: true,
    says: 'added',
  },
  'nothing changed': {
    check: changed,
    world: { containers: [{ Name: '/workshop' }] },
    passed: false,
    says: '`docker diff workshop`',
  },
  'changed in another container': {
    check: changed,
    world: {
      containers: [{ Name: '/workshop' }, { Name: '/other' }],
      changes: { other: [['/usr/local/bin/greet', 1]] },
    },
    passed: false,
    says: 'in the container `other`, not in `workshop`',
  },
  'another folder': {
    check: changed,
    world: { containers: [{ Name: '/workshop' }], changes: { workshop: [['/bin/greet', 1]] } },
    passed: false,
    says: '`/bin/greet` is added; the task asks for `/usr/local/bin/greet`',
  },
  'another kind of change': {
    check: changed,
    world: { containers: [{ Name: '/workshop' }], changes: { workshop: [['/usr/local/bin/greet', 2]] } },
    passed: false,
    says: 'is deleted in `workshop`; the task asks for it to be added',
  },

  'message and author': {
    check: history,
    world: { images: [greeter({ Comment: 'Add greet', Author: 'Me' })] },
    passed: true,
    says: 'the message `Add greet` and the author `Me`',
  },
  'no message': {
    check: history,
    world: { images: [greeter({ Author: 'Me' })] },
    passed: false,
    says: '`-m "…"`',
  },
  neither: {
    check: history,
    world: { images: [greeter()] },
    passed: false,
    says: '`-m "…"`, and it has no author',
  },

  'made from': {
    check: madeFrom,
    world: { images: [DEBIAN, greeter()] },
    passed: true,
    says: 'with one layer on top',
  },
  'made from another image': {
    check: madeFrom,
    world: { images: [DEBIAN, greeter({ RootFS: { Layers: ['other', 'mine'] } })] },
    passed: false,
    says: 'not made from `debian:latest`',
  },
  'the same image under a new name': {
    check: madeFrom,
    world: { images: [DEBIAN, greeter({ RootFS: { Layers: ['base'] } })] },
    passed: false,
    says: 'has no layer on top of',
  },

  'file there': {
    check: file,
    world: { images: [greeter()], files: { 'greeter:1 /bin/greet': { mode: 0o755 } } },
    passed: true,
    says: 'Found',
  },
  'file missing': { check: file, world: { images: [greeter()] }, passed: false, says: 'before the commit' },
  'file not executable': {
    check: file,
    world: { images: [greeter()], files: { 'greeter:1 /bin/greet': {} } },
    passed: false,
    says: '`chmod +x /bin/greet`',
  },
  'file where none should be': {
    check: { ...file, present: false },
    world: { images: [greeter()], files: { 'greeter:1 /bin/greet': {} } },
    passed: false,
    says: 'where nothing should be',
  },

  'default command': {
    check: cmd,
    world: { images: [greeter({ Config: { ...CONFIG, Cmd: ['greet'] } })] },
    passed: true,
    says: 'as asked',
  },
  'command through a shell': {
    check: cmd,
    world: { images: [greeter({ Config: { ...CONFIG, Cmd: ['/bin/sh', '-c', 'greet'] } })] },
    passed: false,
    says: 'as a list in brackets',
  },
  'no command': {
    check: cmd,
    world: { images: [greeter()] },
    passed: false,
    says: 'it has no default command',
  },
  'variable missing': {
    check: { kind: 'image-config', image: 'greeter:1', env: { LANG: 'C.UTF-8' } },
    world: { images: [greeter({ Config: { ...CONFIG, Env: ['PATH=/bin'] } })] },
    passed: false,
    says: 'it has no variable `LANG`',
  },

  'event seen': {
    check: started,
    world: { events: [['container', 'start', { image: 'greeter:1', name: 'x' }]] },
    passed: true,
    says: 'start of `x`',
  },
  'event of another image': {
    check: started,
    world: { events: [['container', 'start', { image: 'debian' }]] },
    passed: false,
    says: 'Start it.',
  },
};

describe('checks', () => {
  test.each(Object.entries(ROWS))('%s', async (_name, { check, world, passed, says }) => {
    const result = await judge(check, viewOf(world));
    expect(result.message).toContain(says);
    expect(result.passed).toBe(passed);
  });

  test('what an engine says does not break out of a sentence', async () => {
    const Comment = `\`<img>\`\n${'x'.repeat(500)}`;
    const { message } = await judge(history, viewOf({ images: [greeter({ Comment, Author: 'a' })] }));
    expect(message.length).toBeLessThan(200);
    expect(message.split('`').length % 2).toBe(1);
    expect(message).not.toContain('\n');
  });
});

test.each([
  ['debian', 'debian:latest'],
  ['docker.io/library/debian:12', 'debian:12'],
  ['localhost:5000/web', 'localhost:5000/web:latest'],
  ['web@sha256:00', 'web@sha256:00'],
])('%s is %s', (reference, name) => expect(familiarName(reference)).toBe(name));
