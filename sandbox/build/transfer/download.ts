import { closeSync, fchmodSync, futimesSync, openSync, rmSync, writeSync } from 'node:fs';
import { posix } from 'node:path';
import { toRaw } from '../../layer/raw-path.ts';
import { EngineError } from '../../oci/errors.ts';
import { get, type Response } from '../http.ts';
import type { Report } from '../report.ts';
import { Context } from '../source/context.ts';
import type { Found } from '../source/find.ts';
import type { FilePool } from '../source/pool.ts';
import { startFileSum } from '../source/tar-sum.ts';

const MODE = 0o600;
/** Between two lines of progress. */
const PROGRESS_MS = 100;

export interface Download {
  readonly found: Found;
  readonly close: () => void;
}

export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/** The file behind a URL, to be copied like one of the context. `dest` says whether it needs a name of its own. */
export async function downloaded(
  url: string,
  dest: string,
  { pool, report, signal }: { pool: FilePool; report: Report; signal: AbortSignal },
): Promise<Download> {
  const response = await get(url, signal);
  const name = nameOf(url, response);
  const draft = pool.draft();
  try {
    const size = await save(response, draft, report);
    report.note('');
    if (name === '' && dest.endsWith('/')) {
      throw new EngineError('internal', `cannot determine filename for source ${url}`);
    }
    return await keep(pool, draft, {
      name: name === '' ? '__unnamed__' : name,
      size,
      mtime: timeOf(response),
    });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

async function save(response: Response, draft: string, report: Report): Promise<number> {
  const file = openSync(draft, 'wx', MODE);
  let current = 0;
  let told = 0;
  const tell = () => {
    told = performance.now();
    const progressDetail = { current, ...(response.size !== undefined && { total: response.size }) };
    report.progress({ status: 'Downloading', progressDetail });
  };
  try {
    for await (const chunk of response.body) {
      for (let at = 0; at < chunk.byteLength;) at += writeSync(file, chunk, at);
      current += chunk.byteLength;
      if (performance.now() - told > PROGRESS_MS) tell();
    }
    tell();
    return current;
  } finally {
    closeSync(file);
  }
}

async function keep(
  pool: FilePool,
  draft: string,
  { name, size, mtime }: { name: string; size: number; mtime: number },
): Promise<Download> {
  const sum = startFileSum(name, MODE, size);
  const file = openSync(draft, 'r+');
  try {
    fchmodSync(file, MODE);
    futimesSync(file, mtime, mtime);
  } finally {
    closeSync(file);
  }
  const { createReadStream } = await import('node:fs');
  for await (const chunk of createReadStream(draft) as AsyncIterable<Buffer>) sum.update(chunk);
  const hash = sum.digest('hex');
  const key = `${hash} ${mtime} ${draft}`;
  pool.keep(key, draft, size);
  const source = new Context(pool);
  const path = toRaw(name);
  source.add(path, { kind: 'file', mode: MODE, uid: 0, gid: 0, mtime, size, key }, hash);
  return {
    found: { source, path, name, hash, keepPacked: true },
    close: () => source.close(false),
  };
}

/** The last part of the URL's path, or what the server calls it; empty when neither says. */
function nameOf(url: string, { headers }: Response): string {
  const { pathname } = new URL(url);
  const decoded = decode(pathname);
  if (decoded !== '' && !decoded.endsWith('/')) return posix.basename(decoded);
  const [, quoted, plain] =
    /filename=(?:"([^"]*)"|([^;\s]+))/i.exec(headers['content-disposition'] ?? '') ?? [];
  const named = quoted ?? plain ?? '';
  return named.endsWith('/') ? '' : posix.basename(named);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Seconds; a server that does not say when gives the beginning of time. */
function timeOf({ headers }: Response): number {
  const time = Date.parse(headers['last-modified'] ?? '');
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}
