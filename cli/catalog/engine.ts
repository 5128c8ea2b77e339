import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';

/** What is asked of the engine in the machine that builds. */
export interface BuildEngine {
  /** Builds the folder, and calls `onStep` with each line that names a step. Throws with the builder's own words. */
  build(folder: string, reference: string, onStep: (line: string) => void): Promise<void>;
  /** Writes the image as an archive. */
  save(reference: string, file: string): Promise<void>;
}

export function openBuildEngine(socketPath: string, signal: AbortSignal): BuildEngine {
  const ask = async (method: string, path: string, body?: Readable): Promise<IncomingMessage> => {
    const call = request({
      socketPath,
      method,
      path,
      signal,
      headers: { 'Content-Type': 'application/x-tar' },
    });
    const answered = once(call, 'response') as Promise<[IncomingMessage]>;
    if (body) await Promise.race([pipeline(body, call), answered]);
    else call.end();
    const [response] = await answered;
    if (response.statusCode !== 200) throw new Error(messageIn(await text(response)));
    return response;
  };
  return {
    build: async (folder, reference, onStep) => {
      const tar = spawn(
        'tar',
        ['--create', '--file', '-', '--directory', folder, '--owner=0', '--group=0', '.'],
        {
          stdio: ['ignore', 'pipe', 'ignore'],
          signal,
        },
      );
      // Its end by the signal is told by the request too.
      tar.on('error', () => undefined);
      const query = new URLSearchParams({ t: reference, rm: '1', forcerm: '1' });
      const response = await ask('POST', `/build?${query.toString()}`, tar.stdout);
      for await (const line of createInterface({ input: response })) {
        const { stream = '', error } = Line.parse(JSON.parse(line));
        if (error !== undefined) throw new Error(error);
        if (/^Step \d/.test(stream)) onStep(stream.trim());
      }
    },
    save: async (reference, file) => {
      const query = new URLSearchParams({ names: reference });
      await pipeline(await ask('GET', `/images/get?${query.toString()}`), createWriteStream(file));
    },
  };
}

const Line = z.object({ stream: z.string().optional(), error: z.string().optional() });

function messageIn(body: string): string {
  try {
    return z.object({ message: z.string() }).parse(JSON.parse(body)).message;
  } catch {
    return body.slice(0, 500);
  }
}
