import { IMAGES, WEB, judgesAsTold, type World } from './testing.ts';

/** Conditions on images, layers and files in them: states that pass, states that do not, and slips that are told apart. */

const NONE = { RepoTags: ['<none>:<none>'] };
const layers = { kind: 'image-layers', image: 'web:1' };
const size = { kind: 'image-size', image: 'web:1' };
const shared = { kind: 'shared-layers', image: 'web:1', with: 'debian' };
const same = { kind: 'same-image', images: ['web:1', 'web:2'] };
const dangling = { kind: 'dangling-images' };
const steps = { kind: 'image-history', image: 'web:1', contains: ['COPY', 'WORKDIR'] };
const file = { kind: 'file-in-image', image: 'web:1', path: '/app' };
const secret = { kind: 'file-in-layer', image: 'web:1', path: '/secret' };
const built = { kind: 'built-from', image: 'web:1', dockerfile: '~/web/Dockerfile' };
const at = (text: string): World => ({ home: { '~/web/Dockerfile': text } });

judgesAsTold([
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
]);
