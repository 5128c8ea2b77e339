import { DIGEST, judgesAsTold } from './testing.ts';

/** Conditions on what was done: states that pass, states that do not, and slips that are told apart. */

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

judgesAsTold([
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
]);
