import { DIGEST, WEB, judgesAsTold, type World } from './testing.ts';

/** Conditions on registries, signatures and pushes: states that pass, states that do not, and slips that are told apart. */

const onHub = { kind: 'registry-tag', repository: 'web', tag: '1' };
const local = { ...onHub, registry: 'localhost:5000' };
const signed = { kind: 'signed-tag', repository: 'web', tag: '1' };
const SIGNED: World = {
  hub: { 'anna/web': { 1: DIGEST } },
  signed: { 'anna/web': { tags: { 1: DIGEST }, signers: ['mary'] } },
};
const push = { kind: 'pushed', reference: 'web:1', sent: 1, there: 1 };

judgesAsTold([
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
    'a registry in trouble',
    local,
    { web: { '5000/v2/web/manifests/1': { status: 503 } } },
    false,
    'answers with status 503',
  ],
  [
    'a registry in trouble, that should not have it',
    { ...local, present: false },
    { web: { '5000/v2/web/manifests/1': { status: 401 } } },
    false,
    'answers with status 401',
  ],
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
]);
