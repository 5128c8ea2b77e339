import type { Digest } from '../../oci/digest.ts';
import { signalWithin } from '../../time/limit.ts';
import type { Connection } from './connection.ts';
import { RegistryError } from './errors.ts';
import type { Answer } from './http.ts';
import { discard, failureOf, isSuccess } from './http.ts';

/** An upload that a registry has begun; `finish` or `cancel` ends it. */
export interface Upload {
  /** Sends a source whose length and digest are not known yet, in chunks; the digest is for `finish` to tell. */
  append(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>;
  /** Makes a blob of what was sent, or of `body` when nothing was. Throws unless the registry agrees to the digest. */
  finish(
    digest: Digest,
    signal: AbortSignal,
    body?: Uint8Array | { readonly source: AsyncIterable<Uint8Array>; readonly size: number },
  ): Promise<void>;
  /** Lets the registry forget it; what goes wrong then is the registry's to clean up. */
  cancel(): Promise<void>;
}

const CANCEL_MS = 5_000;

/** `answer` is the registry's 202. */
export function startUpload({ http }: Connection, answer: Answer): Upload {
  let at = locationOf(answer);
  discard(answer);
  return {
    append: async (source, signal) => {
      const sent = await http.send(at, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: { source },
        signal,
      });
      if (!isSuccess(sent)) throw await failureOf(sent);
      at = locationOf(sent);
      discard(sent);
    },
    finish: async (digest, signal, body) => {
      const url = new URL(at);
      url.searchParams.set('digest', digest);
      const done = await http.send(url, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: body ?? new Uint8Array(0),
        signal,
      });
      if (!isSuccess(done)) throw await failureOf(done);
      discard(done);
    },
    cancel: async () => {
      const signal = signalWithin(CANCEL_MS);
      await http.send(at, { method: 'DELETE', signal }).then(discard, () => undefined);
    },
  };
}

function locationOf({ headers, url }: Answer): URL {
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, url)) {
    throw new RegistryError('the registry did not say where to upload to');
  }
  return new URL(location, url);
}
