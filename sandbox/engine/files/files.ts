import { mkdir, rename, rm, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { readObject } from '../../api/body.ts';
import { sendJson, sendNothing } from '../../api/respond.ts';
import type { Call } from '../../api/router.ts';
import { EngineError } from '../../oci/errors.ts';
import { FILE_ANY_VERSION, WATCHED_FOLDERS_MAX } from '../routes.ts';
import { zipFolder } from './archive.ts';
import { openFile, writeFile } from './content.ts';
import { listFolder } from './folder.ts';
import { naming, placeBelow, placeOf } from './path.ts';
import { FolderWatch } from './watch.ts';

/** Answers that go on for as long as somebody listens. */
const WATCHES_MAX = 32;

/** The learner's files, for the web server alone; see `routes.ts`. Its code is read when files are first asked for. */
export class Files {
  readonly #home: string;
  #watches = 0;

  constructor(home: string) {
    this.#home = home;
  }

  async list(call: Call): Promise<void> {
    const path = pathOf(call);
    sendJson(call.response, 200, await naming(path, () => listFolder(placeOf(this.#home, path))));
  }

  async read({ response, query }: Call): Promise<void> {
    const path = query.get('path') ?? '';
    const { handle, size, version } = await naming(path, () => openFile(placeBelow(this.#home, path)));
    response.writeHead(200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': size,
      'Slipway-Version': version,
    });
    // As many bytes as were promised, though it may grow.
    if (size === 0) {
      response.end();
      await handle.close();
    } else await send(handle.createReadStream({ start: 0, end: size - 1 }), response);
  }

  async write(call: Call): Promise<void> {
    const path = pathOf(call);
    const place = placeBelow(this.#home, path);
    const expected = call.query.get('version') ?? FILE_ANY_VERSION;
    const content = call.request as AsyncIterable<Buffer>;
    sendJson(call.response, 200, await naming(path, () => writeFile(place, content, expected)));
  }

  async remove(call: Call): Promise<void> {
    const path = pathOf(call);
    const place = placeBelow(this.#home, path);
    await naming(path, () => rm(place, { recursive: true }));
    sendNothing(call.response);
  }

  async makeFolder(call: Call): Promise<void> {
    const path = pathOf(call);
    await naming(path, async () => {
      const place = placeBelow(this.#home, path);
      await mkdir(dirname(place), { recursive: true });
      await mkdir(place);
    });
    sendNothing(call.response, 201);
  }

  async move(call: Call): Promise<void> {
    const [from, to] = [call.query.get('from') ?? '', call.query.get('to') ?? ''];
    const target = placeBelow(this.#home, to);
    await naming(from, async () => {
      // `rename` puts one file in another's place without a word.
      const taken = await lstat(target).then(
        () => true,
        () => false,
      );
      if (taken) throw new EngineError('conflict', `There is something of this name already: ${to}`);
      await mkdir(dirname(target), { recursive: true });
      await rename(placeBelow(this.#home, from), target);
    });
    sendNothing(call.response);
  }

  async archive({ query, response, signal }: Call): Promise<void> {
    const path = query.get('path') ?? '';
    const zip = await naming(path, () => zipFolder(placeOf(this.#home, path), signal));
    response.writeHead(200, { 'Content-Type': 'application/zip' });
    await send(zip, response);
  }

  async watch(call: Call): Promise<void> {
    const { folders } = await readObject(call);
    if (!Array.isArray(folders) || folders.length > WATCHED_FOLDERS_MAX) {
      throw new EngineError('invalid', `Name at most ${WATCHED_FOLDERS_MAX} folders.`);
    }
    if (this.#watches >= WATCHES_MAX) throw new EngineError('conflict', 'The files are watched by too many.');
    const paths = folders.map(String);
    const places = paths.map((path) => placeOf(this.#home, path));
    const { response } = call;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    this.#watches += 1;
    const watch = new FolderWatch(places, (index) =>
      response.write(`${JSON.stringify({ folder: paths[index] })}\n`),
    );
    response.once('close', () => {
      this.#watches -= 1;
      watch.close();
    });
  }
}

/** Whoever asked may leave in the middle: nobody has to hear of that. */
async function send(content: NodeJS.ReadableStream, response: ServerResponse): Promise<void> {
  await pipeline(content, response).catch((error: unknown) => {
    if (!response.destroyed) throw error;
  });
}

const pathOf = ({ query }: Call): string => query.get('path') ?? '';
