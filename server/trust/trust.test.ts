import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, hexOf } from '../../sandbox/oci/digest.ts';
import { TokenAccess } from '../../sandbox/registry/server/token-access.ts';
import { Tokens } from '../../sandbox/registry/server/tokens.ts';
import { namespaceOf } from '../../sandbox/registry/store/names.ts';
import type { ImageSource } from '../../sandbox/registry/store/source.ts';
import { TrustAccess } from './access.ts';
import { openAuthority } from './authority.ts';
import { Ledger } from './ledger.ts';
import { parseTrustPath, signerOf } from './names.ts';
import { OfficialSignatures } from './official.ts';

const run = promisify(execFile);
const PREFIXES = ['docker.io/'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slipway-trust-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('paths of Notary’s API', () => {
  test.each([
    ['/v2/docker.io/anna/tool/_trust/tuf/', 'update'],
    ['/v2/docker.io/anna/tool/_trust/tuf/root.json', 'metadata'],
    ['/v2/docker.io/anna/tool/_trust/tuf/3.root.json', 'metadata'],
    [`/v2/docker.io/anna/tool/_trust/tuf/targets/releases.${'a'.repeat(64)}.json`, 'metadata'],
    ['/v2/docker.io/anna/tool/_trust/tuf/targets/anna.json', 'metadata'],
    ['/v2/docker.io/anna/tool/_trust/tuf/snapshot.key', 'key'],
  ])('%s', (text, kind) => {
    const file = text.slice('/v2/docker.io/anna/tool/_trust/tuf/'.length);
    expect(parseTrustPath(text)).toEqual({ name: 'docker.io/anna/tool', kind, file });
  });

  test.each([
    '/v2/_trust/changefeed',
    '/v2/docker.io/anna/tool/_trust/changefeed',
    '/v2/docker.io/anna/tool/_trust/tuf/targets/../root.json',
    '/v2/docker.io/anna/tool/_trust/tuf/root.key',
    '/v2/docker.io/anna/tool/_trust/tuf/targets/.json',
    '/v2/docker.io/anna/tool/_trust/tuf/root.json/',
    '/v2/docker.io/anna%2ftool/_trust/tuf/root.json',
    '/_notary_server/health',
  ])('nothing else: %s', (text) => {
    expect(parseTrustPath(text)).toBeUndefined();
  });

  test.each([
    ['docker.io/anna/tool', 'anna'],
    ['docker.io/anna/deep/tool', 'anna'],
    ['docker.io/tool', undefined],
    ['docker.io/anna/../ben/tool', undefined],
    ['docker.io/anna//tool', undefined],
    ['docker.io/Anna/tool', undefined],
    ['docker.iox/anna/tool', undefined],
    [`docker.io/anna/${'x'.repeat(250)}`, undefined],
  ])('%s is signed by %s', (name, account) => {
    expect(signerOf(name, PREFIXES)).toBe(account);
  });
});

describe('who may sign', () => {
  const access = new TrustAccess({
    tokens: new Tokens(),
    realm: 'https://auth.docker.io/token',
    service: 'notary.docker.io',
    prefixes: PREFIXES,
  });
  const requestWith = (headers: IncomingMessage['headers']) =>
    Object.assign(new IncomingMessage(new Socket()), { headers });
  const name = 'docker.io/anna/tool';
  const withToken = (account: string | undefined, tokens = access.tokens) => {
    const grant = access.grant(account, [{ name, actions: ['pull', 'push'] }]);
    return requestWith({ authorization: `Bearer ${tokens.issue(grant)}` });
  };

  test('is the owner of the name', () => {
    expect(() => access.authorize(withToken('anna'), name, 'push')).not.toThrow();
  });

  test.each(['ben', 'docker.io', undefined])('is not %s, who may read', (account) => {
    expect(() => access.authorize(withToken(account), name, 'push')).toThrow('authentication required');
    expect(() => access.authorize(withToken(account), name, 'pull')).not.toThrow();
  });

  test('is nobody with a token for another repository, or of another service', () => {
    expect(() => access.authorize(withToken('anna'), 'docker.io/anna/other', 'push')).toThrow();
    expect(() => access.authorize(withToken('anna', new Tokens()), name, 'pull')).toThrow();
  });

  test('is nobody whose name on the hub is that of a registry, with a token for an image', () => {
    const tokens = new Tokens();
    const owns = (account: string, each: string) => namespaceOf(each) === account;
    const hub = new TokenAccess({ tokens, realm: () => '', service: 'hub', owns });
    const own = new TrustAccess({ tokens, realm: '', service: 'hub', prefixes: ['hub.slipway.test/'] });
    const annas = 'hub.slipway.test/anna/tool';
    const grant = hub.grant('hub.slipway.test', [{ name: annas, actions: ['pull', 'push'] }]);
    expect(grant.scopes).toEqual([{ name: annas, actions: ['pull', 'push'] }]);
    const request = requestWith({ authorization: `Bearer ${tokens.issue(grant)}` });
    expect(() => own.authorize(request, annas, 'push')).toThrow('authentication required');
    expect(() => own.authorize(request, annas, 'pull')).not.toThrow();
  });

  test('learns where tokens are had', () => {
    const greet = () => access.greet(requestWith({}));
    expect(greet).toThrow(
      expect.objectContaining({
        headers: {
          'WWW-Authenticate': 'Bearer realm="https://auth.docker.io/token",service="notary.docker.io"',
        },
      }) as Error,
    );
  });
});

describe('what a name may publish', () => {
  const open = (reports: string[] = []) =>
    new Ledger(path.join(folder, 'published.json'), 100, (text) => reports.push(text));

  test('has a bound, which a restart does not lift', async () => {
    const ledger = open();
    expect(await Promise.all([ledger.spend('anna', 60), ledger.spend('anna', 60)])).toEqual([true, false]);
    expect(await ledger.spend('ben', 100)).toBe(true);
    expect(await open().spend('anna', 41)).toBe(false);
    expect(await open().spend('anna', 40)).toBe(true);
  });

  test('is counted anew when the file is broken, and said so', async () => {
    await writeFile(path.join(folder, 'published.json'), '{');
    const reports: string[] = [];
    expect(await open(reports).spend('anna', 100)).toBe(true);
    expect(reports).toEqual([expect.stringContaining('counted anew')]);
  });
});

describe('the lab’s authority', () => {
  const open = (names: readonly string[]) =>
    openAuthority({ folder: path.join(folder, 'authority'), title: 'A lab', names });
  const verify = async (certificate: string, name: string) => {
    await writeFile(path.join(folder, 'issued.pem'), certificate);
    const file = path.join(folder, 'authority/certificate.pem');
    return run('openssl', [
      'verify',
      '-CAfile',
      file,
      '-verify_hostname',
      name,
      path.join(folder, 'issued.pem'),
    ]);
  };

  test('vouches for its names, and keeps its key to itself', async () => {
    const authority = await open(['notary.test', 'hub.test']);
    const { certificate } = await authority.issue();
    await verify(certificate, 'hub.test');
    await expect(verify(certificate, 'elsewhere.test')).rejects.toThrow();
    expect((await stat(path.join(folder, 'authority/key.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(folder, 'authority'))).mode & 0o777).toBe(0o700);
  });

  test('could not vouch for others, with its key in strange hands', async () => {
    await open(['notary.test']);
    const names = path.join(folder, 'authority/names');
    await writeFile(names, 'elsewhere.test\n');
    const thief = await open(['elsewhere.test']);
    const { certificate } = await thief.issue();
    await expect(verify(certificate, 'elsewhere.test')).rejects.toThrow('permitted subtree violation');
  });

  test('stays the same, unless its names do not', async () => {
    const first = await open(['notary.test']);
    expect((await open(['notary.test'])).certificate).toBe(first.certificate);
    const other = await open(['notary.test', 'hub.test']);
    expect(other.certificate).not.toBe(first.certificate);
    expect(await readFile(path.join(folder, 'authority/certificate.pem'), 'utf8')).toBe(other.certificate);
  });
});

describe('the lab’s own signatures', () => {
  const NAME = 'docker.io/library/tool';
  const tags = new Map<string, string>();
  const source = (): ImageSource => ({
    names: async () => ['library/tool'],
    has: async (name) => name === 'library/tool',
    tags: async () => [...tags.keys()],
    manifest: async (_name, tag) => {
      const bytes = Buffer.from(tags.get(tag) ?? '');
      return { digest: digestOf(bytes), mediaType: 'application/json', bytes };
    },
    blob: async () => undefined,
    referrers: async () => [],
  });
  const open = () => new OfficialSignatures({ folder, images: source(), prefixes: PREFIXES });
  const versionOf = (text: string | undefined) =>
    (JSON.parse(text ?? '') as { signed: { version: number } }).signed.version;
  const sumOf = (text: string | undefined) => hexOf(digestOf(text ?? ''));

  beforeEach(() => {
    tags.clear();
    tags.set('1.0', 'one');
  });

  test('are the same until an image changes, also after a restart; the root stays', async () => {
    const signatures = open();
    const first = await signatures.read(NAME, 'targets.json');
    const root = await signatures.read(NAME, 'root.json');
    expect(await open().read(NAME, 'targets.json')).toBe(first);
    tags.set('1.0', 'two');
    const second = await open().read(NAME, 'targets.json');
    expect([versionOf(first), versionOf(second)]).toEqual([1, 2]);
    expect(second).toContain(Buffer.from(sumOf('two'), 'hex').toString('base64'));
    expect(await open().read(NAME, '1.root.json')).toBe(root);
    expect(await open().read(NAME, '2.root.json')).toBeUndefined();
  });

  test('are found by their sum, for whoever has begun before a change as well', async () => {
    const signatures = open();
    const first = await signatures.read(NAME, 'snapshot.json');
    tags.set('2.0', 'more');
    const second = await signatures.read(NAME, 'snapshot.json');
    expect(second).not.toBe(first);
    for (const text of [first, second])
      expect(await signatures.read(NAME, `snapshot.${sumOf(text)}.json`)).toBe(text);
    expect(await signatures.read(NAME, `snapshot.${sumOf('else')}.json`)).toBeUndefined();
  });

  test('are of official images alone', async () => {
    expect(await open().has(NAME)).toBe(true);
    for (const name of ['docker.io/library/other', 'docker.io/anna/tool', 'quay.io/library/tool'])
      expect(await open().has(name)).toBe(false);
  });

  test('are made once for all who ask at the same time, and anew over a file that is broken', async () => {
    const signatures = open();
    const all = await Promise.all(Array.from({ length: 20 }, () => signatures.read(NAME, 'timestamp.json')));
    expect(new Set(all).size).toBe(1);
    await writeFile(path.join(folder, 'docker.io+library+tool.json'), '{');
    expect(versionOf(await open().read(NAME, 'timestamp.json'))).toBe(1);
  });

  test('are not begun anew over a key or a root that cannot be read at the moment', async () => {
    await open().read(NAME, 'root.json');
    const signatures = open();
    for (const name of ['docker.io+library+tool.json', 'root.pem']) {
      const file = path.join(folder, name);
      await rename(file, `${file}.away`);
      await symlink(name, file);
      // A link to itself: neither there nor missing.
      tags.set('1.0', name);
      await expect(signatures.read(NAME, 'root.json')).rejects.toThrow('ELOOP');
      await rename(`${file}.away`, file);
    }
    expect(await signatures.read(NAME, 'root.json')).toBe(await open().read(NAME, 'root.json'));
  });
});
