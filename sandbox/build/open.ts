import { readFileSync } from 'node:fs';
import { DockerfileError } from '../dockerfile/error.ts';
import { compileIgnore, readIgnoreFile } from '../dockerfile/ignore.ts';
import type { Dockerfile } from '../dockerfile/model.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { toRaw } from '../layer/raw-path.ts';
import { EngineError } from '../oci/errors.ts';
import { get } from './http.ts';
import type { Report } from './report.ts';
import type { Context } from './source/context.ts';
import type { FilePool } from './source/pool.ts';
import { receive } from './source/receive.ts';
import { follow } from './source/source.ts';

/** What is to be built. */
export interface Opened {
  readonly dockerfile: Dockerfile;
  /** Undefined when the Dockerfile came alone. */
  readonly context: Context | undefined;
}

export interface Upload {
  /** URL of the context; empty when it is `body`. */
  readonly remote: string;
  /** An archive, compressed or not. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
}

/** What is told while the Dockerfile is fetched. */
type Told = Pick<Report, 'progress' | 'read'>;

const DEFAULT_NAME = 'Dockerfile';
const DOCKERFILE_LIMIT_BYTES = 8 * 1024 ** 2;

/** Takes the context in and reads its Dockerfile. Throws `EngineError` in dockerd's words. */
export async function open(
  upload: Upload,
  { pool, report, signal }: { pool: FilePool; report: Told; signal: AbortSignal },
): Promise<Opened> {
  if (upload.remote === '')
    return withDockerfile(await receive(upload.body, pool), upload.dockerfile, report);
  refuseGit(upload.remote);
  const { headers, size, body } = await get(upload.remote, signal);
  const passed = withProgress(body, { size, url: upload.remote, report });
  const { head, whole } = await peek(passed);
  if (isText(headers['content-type'], head)) {
    return { dockerfile: parse(await textOf(whole), DEFAULT_NAME, report), context: undefined };
  }
  return withDockerfile(await receive(whole, pool), upload.dockerfile, report);
}

function withDockerfile(context: Context, wish: string, report: Told): Opened {
  try {
    const name = nameIn(context, wish === '' ? DEFAULT_NAME : wish);
    const path = follow(context, toRaw(name));
    const bytes = readFileSync(context.file(path));
    if (bytes.byteLength === 0) {
      throw new EngineError('invalid', `the Dockerfile (${name}) cannot be empty`);
    }
    if (bytes.byteLength > DOCKERFILE_LIMIT_BYTES) {
      throw new EngineError('invalid', `the Dockerfile (${name}) is too large`);
    }
    const dockerfile = parse(bytes.toString('utf8'), name, report);
    removeIgnored(context, name);
    return { dockerfile, context };
  } catch (error) {
    context.close(true);
    throw error;
  }
}

function nameIn(context: Context, name: string): string {
  const kindOf = (each: string) => context.node(follow(context, toRaw(each)))?.kind;
  const isFile = (each: string) => kindOf(each) === 'file';
  if (isFile(name)) return name;
  if (kindOf(name) === 'folder') {
    throw new EngineError('internal', `unexpected error reading Dockerfile: read ${name}: is a directory`);
  }
  const lower = name.toLowerCase();
  if (name === DEFAULT_NAME && isFile(lower)) return lower;
  throw new EngineError('internal', `Cannot locate specified Dockerfile: ${name}`);
}

function parse(text: string, name: string, report: Told): Dockerfile {
  report.read(text);
  try {
    return parseDockerfile(text);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const message = error.message.replace(/^failed to parse Dockerfile:/, () => `failed to parse ${name}:`);
    throw new DockerfileError(message, error.line);
  }
}

/** The client has left out what is ignored, but had to send these two. */
function removeIgnored(context: Context, dockerfile: string): void {
  const ignoreFile = toRaw('.dockerignore');
  if (context.node(follow(context, ignoreFile))?.kind !== 'file') return;
  const text = readFileSync(context.file(follow(context, ignoreFile)), 'utf8');
  const ignored = compileIgnore(readIgnoreFile(text));
  for (const name of ['.dockerignore', dockerfile]) {
    if (ignored(name)) context.remove(toRaw(name));
  }
}

function refuseGit(url: string): void {
  if (url === 'client-session') {
    throw new EngineError(
      'invalid',
      'experimental session with v1 builder is no longer supported, use builder version v2 (BuildKit) instead',
    );
  }
  if (/^(git:\/\/|github\.com\/|git@)/.test(url) || /^https?:\/\/.*\.git(?:#.+)?$/.test(url)) {
    throw new EngineError(
      'not-implemented',
      'A build context from a Git repository is not built: clone it first.',
    );
  }
  if (!/^https?:\/\//.test(url)) {
    throw new EngineError('internal', `remoteURL (${url}) could not be recognized as URL`);
  }
}

const HEAD_BYTES = 512;

async function peek(source: AsyncIterable<Buffer>): Promise<{ head: Buffer; whole: AsyncIterable<Buffer> }> {
  const input = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.byteLength < HEAD_BYTES) {
    const next = await input.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = (async function* () {
    if (head.byteLength > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => input };
  })();
  return { head, whole };
}

/** As dockerd: the server's word counts, unless it is no more than "some bytes". */
function isText(type: string | undefined, head: Buffer): boolean {
  const said = type?.split(';')[0]?.trim() ?? '';
  if (said !== '' && said !== 'application/octet-stream') return said === 'text/plain';
  return !head.includes(0);
}

async function textOf(source: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.byteLength;
    if (size > DOCKERFILE_LIMIT_BYTES) throw new EngineError('invalid', 'the Dockerfile is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const PROGRESS_MS = 100;

async function* withProgress(
  body: AsyncIterable<Buffer>,
  { size, url, report }: { size: number | undefined; url: string; report: Pick<Report, 'progress'> },
): AsyncGenerator<Buffer> {
  let current = 0;
  let told = 0;
  const tell = () => {
    told = performance.now();
    const progressDetail = { current, ...(size !== undefined && { total: size }) };
    report.progress({ status: `Downloading build context from remote url: ${url}`, progressDetail });
  };
  for await (const chunk of body) {
    yield chunk;
    current += chunk.byteLength;
    if (performance.now() - told > PROGRESS_MS) tell();
  }
  tell();
}
