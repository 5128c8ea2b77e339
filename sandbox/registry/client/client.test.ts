import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { digestOf } from '../../oci/digest.ts';
import { readCertificates } from './certificates.ts';
import { parseChallenges } from './challenge.ts';
import { NOBODY, credentialsByRegistry, credentialsOfHeader } from './credentials.ts';
import { RegistryError, TransportError, errorOf, goQuote } from './errors.ts';
import { jsonErrorOf } from './go-json.ts';
import { compress } from './gzip.ts';
import { KnownBlobs } from './known-blobs.ts';
import { retry } from './retry.ts';
import { Transfers } from './transfers.ts';

const root = mkdtempSync(path.join(tmpdir(), 'slipway-registry-client-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('challenges', () => {
  test.each([
    [
      'Bearer realm="https://a.test/token",service="a, b"',
      'bearer',
      { realm: 'https://a.test/token', service: 'a, b' },
    ],
    ['Basic realm="say \\"please\\""', 'basic', { realm: 'say "please"' }],
    ['BEARER Realm=x , error=invalid_token', 'bearer', { realm: 'x', error: 'invalid_token' }],
    ['Negotiate', 'negotiate', {}],
    ['Bearer realm="never ends', 'bearer', { realm: 'never ends' }],
  ])('%s', (header, scheme, parameters) => {
    const [challenge] = parseChallenges([header]);
    expect(challenge?.scheme).toBe(scheme);
    expect(Object.fromEntries(challenge?.parameters ?? [])).toEqual(parameters);
  });

  test('what cannot be read asks for nothing', () => {
    expect(parseChallenges(['', '"', ',,'])).toEqual([]);
  });
});

test.each([
  ['', 'unexpected end of JSON input'],
  ['<html>', "invalid character '<' looking for beginning of value"],
  ['no', "invalid character 'o' in literal null (expecting 'u')"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a":', 'unexpected end of JSON input'],
])('says of %j what Go says', (text, message) => {
  expect(jsonErrorOf(text)).toBe(message);
});

test('quotes as Go does', () => {
  expect(goQuote('a"b\\c\n\u0001é')).toBe('"a\\"b\\\\c\\n\\x01é"');
});

test('a long page of a server that is no registry does not hurt', () => {
  const error = errorOf({ status: 404, statusLine: '404 Not Found', body: '['.repeat(60_000) });
  expect(error.message).toContain('error parsing HTTP 404 response body');
});

describe('credentials', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('come as base64 of JSON', () => {
    const header = encode({ username: 'ann', password: 'secret', serveraddress: 'localhost:5000' });
    expect(credentialsOfHeader(header)).toEqual({
      ...NOBODY,
      username: 'ann',
      password: 'secret',
      serverAddress: 'localhost:5000',
    });
  });

  test.each([undefined, '', '!', encode('text'), encode({ username: 1 })])('%s is nobody', (header) => {
    expect(credentialsOfHeader(header)).toEqual(NOBODY);
  });

  test('come for several registries', () => {
    const found = credentialsByRegistry(encode({ 'a.test': { username: 'ann' }, 'b.test': 7 }));
    expect([...found.keys()]).toEqual(['a.test']);
  });
});

describe('compressing', () => {
  async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
  }

  const whole = async (source: AsyncIterable<Buffer>) => {
    const chunks: Buffer[] = [];
    for await (const chunk of source) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  test.each([0, 1, 1024 ** 2, 3 * 1024 ** 2 + 7])(
    'gives %i bytes back, however they are cut',
    async (size) => {
      const bytes = Buffer.alloc(size, 'some text, ');
      const one = await whole(compress(pieces(bytes, 100_000)));
      const other = await whole(compress(pieces(bytes, 65_536)));
      expect(one.equals(other)).toBe(true);
      expect(gunzipSync(one).equals(bytes)).toBe(true);
    },
  );

  test('ends with what its source throws', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.alloc(2 * 1024 ** 2);
      throw new Error('broken');
    }
    await expect(whole(compress(broken()))).rejects.toThrow('broken');
  });
});

describe('trying again', () => {
  const signal = new AbortController().signal;

  test('waits longer each time, and tells of it', async () => {
    const waits: number[] = [];
    let left = 2;
    const work = async () => {
      if (left-- > 0) throw new TransportError('unexpected EOF', { doing: 'Get "x"' });
      return 'done';
    };
    await expect(retry({ signal, secondMs: 0, onWait: (s) => waits.push(s) }, work)).resolves.toBe('done');
    expect(waits).toEqual([5, 4, 3, 2, 1, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('gives up, and leaves the address out', async () => {
    let tries = 0;
    const work = async () => {
      tries++;
      throw new TransportError('unexpected EOF', { doing: 'Get "x"' });
    };
    const tried = retry({ signal, secondMs: 0, onWait: () => undefined }, work);
    await expect(tried).rejects.toThrow(/^unexpected EOF$/);
    expect(tries).toBe(5);
  });

  test('does not where it is no use', async () => {
    const denied = new RegistryError('denied: no', { code: 'DENIED' });
    const work = async () => {
      throw denied;
    };
    await expect(retry({ signal, secondMs: 0, onWait: () => undefined }, work)).rejects.toBe(denied);
  });
});

describe('transfers', () => {
  const watcher = (lines: string[], signal = new AbortController().signal) => ({
    signal,
    report: (line: string) => lines.push(line),
  });

  test('run only so many at once, and tell who waits', async () => {
    const transfers = new Transfers<string>(1);
    let open: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (open = resolve));
    const lines: string[] = [];
    const first = transfers.run('a', 'waiting a', watcher(lines), async () => held);
    const second = transfers.run('b', 'waiting b', watcher(lines), async () => 'b');
    await Promise.resolve();
    expect(lines).toEqual(['waiting b']);
    open();
    await first;
    await expect(second).resolves.toBe('b');
  });

  test('are made once for all who want the same, and end with the last of them', async () => {
    const transfers = new Transfers<string>(3);
    let runs = 0;
    let ended = false;
    const work = async ({ signal, report }: { signal: AbortSignal; report: (line: string) => void }) => {
      runs++;
      report('begun');
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      ended = true;
      throw signal.reason;
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const [linesOne, linesTwo]: [string[], string[]] = [[], []];
    const first = transfers.run('a', '', watcher(linesOne, one.signal), work);
    await new Promise((resolve) => setTimeout(resolve));
    const second = transfers.run('a', '', watcher(linesTwo, two.signal), work);
    await new Promise((resolve) => setTimeout(resolve));
    expect([linesOne, linesTwo]).toEqual([['begun'], ['begun']]);
    one.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(ended).toBe(false);
    two.abort(new Error('gone, too'));
    await expect(second).rejects.toThrow('gone, too');
    await new Promise((resolve) => setTimeout(resolve));
    expect([runs, ended]).toEqual([1, true]);
  });
});

describe('what is known of blobs', () => {
  const layer = digestOf('layer');
  const blob = { digest: digestOf('blob'), repository: 'a.test/b', owner: '' };

  test('is kept', async () => {
    const folder = path.join(root, 'known');
    const known = new KnownBlobs(folder);
    await known.add(layer, blob);
    await known.add(layer, { ...blob, repository: 'a.test/c' });
    await known.forget(layer, blob);
    expect(new KnownBlobs(folder).of(layer)).toEqual([{ ...blob, repository: 'a.test/c' }]);
  });

  test('has a bound', async () => {
    const known = new KnownBlobs(path.join(root, 'many'));
    for (let i = 0; i < 60; i++) await known.add(layer, { ...blob, repository: `a.test/${i}` });
    expect(known.of(layer)).toHaveLength(50);
  });

  test('is nothing when the file is damaged', () => {
    writeFileSync(path.join(root, 'known-blobs.json'), 'no JSON');
    expect(new KnownBlobs(root).of(layer)).toEqual([]);
  });
});

test('a registry without certificates of its own is fine', () => {
  expect(readCertificates(root, 'nothing.test').clients).toEqual([]);
});
