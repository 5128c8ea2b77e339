import { expect, test } from 'vitest';
import { Check, checksIn } from '../../lessons/checks.ts';
import { touches } from './judge.ts';
import { IMAGES, judgesAsTold } from './testing.ts';

const debian = { kind: 'image-exists', image: 'debian' };
const web2 = { kind: 'image-exists', image: 'web:2' };

judgesAsTold([
  ['one of two', { kind: 'any', checks: [web2, debian] }, IMAGES, true, 'debian'],
  ['none of two', { kind: 'any', checks: [web2, { ...web2, image: 'web:3' }] }, IMAGES, false, '`web:2`'],
  ['both', { kind: 'all', checks: [debian, { ...debian, image: 'web:1' }] }, IMAGES, true, 'web:1'],
  ['one of both', { kind: 'all', checks: [debian, web2] }, IMAGES, false, 'web:2'],
  ['not that', { kind: 'not', check: web2, missing: 'Too early.' }, IMAGES, true, 'As it should be'],
  ['that after all', { kind: 'not', check: debian, missing: 'Too early.' }, IMAGES, false, 'Too early.'],
]);

test('a check is touched by what its parts are touched by', () => {
  const check = Check.parse({
    kind: 'any',
    checks: [debian, { kind: 'not', check: { kind: 'workspace-file', path: '~/notes' }, missing: 'x' }],
  });
  expect(checksIn(check).map(({ kind }) => kind)).toEqual(['any', 'image-exists', 'not', 'workspace-file']);
  expect([...touches(check)].sort()).toEqual(['builder', 'container', 'image', 'silent']);
});
