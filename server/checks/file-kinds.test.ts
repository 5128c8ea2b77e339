import { DIGEST, judgesAsTold, type World } from './testing.ts';

/** Conditions on the learner's own files: states that pass, states that do not, and slips that are told apart. */

const note = { kind: 'workspace-file', path: '~/web/notes' };
const docker = (rule: string) => ({ kind: 'dockerfile', path: '~/web/Dockerfile', rules: [rule] });
const at = (text: string, ignore?: string): World => ({
  home: { '~/web/Dockerfile': text, ...(ignore === undefined ? {} : { '~/web/.dockerignore': ignore }) },
});

judgesAsTold([
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
]);
