import type { ImageEngine } from '../image/engine.ts';
import { EngineError } from '../oci/errors.ts';
import type { ErrorKind } from '../oci/errors.ts';
import { parseAnyReference } from '../oci/reference.ts';
import { credentialsOfHeader } from '../registry/client/credentials.ts';
import { headerOf } from './images/pull.ts';
import { sendJson } from './respond.ts';
import type { Call, Route } from './router.ts';

/** What a registry has, seen without a pull. */
export const distributionRoutes = ({ remote }: ImageEngine): Route[] => [
  {
    method: 'GET',
    path: '/distribution/:name*/json',
    handle: async (call: Call) => {
      const reference = parseAnyReference(call.params.name ?? '');
      if (typeof reference === 'string') {
        throw new EngineError('internal', 'no manifest found for full image ID');
      }
      const credentials = credentialsOfHeader(headerOf(call));
      const found = await remote.inspect(reference, credentials, call.signal).catch((error: unknown) => {
        throw withStatus(error);
      });
      sendJson(call.response, 200, found);
    },
  },
];

const KINDS: Readonly<Record<string, ErrorKind>> = {
  UNAUTHORIZED: 'unauthorized',
  DENIED: 'forbidden',
  NAME_UNKNOWN: 'not-found',
  MANIFEST_UNKNOWN: 'not-found',
  BLOB_UNKNOWN: 'not-found',
  UNAVAILABLE: 'unavailable',
};

/** Here the daemon passes the registry's own status on. */
function withStatus(error: unknown): unknown {
  if (!(error instanceof EngineError) || !('code' in error) || 'reason' in error) return error;
  const kind = KINDS[String(error.code)];
  return kind === undefined ? error : new EngineError(kind, error.message, { cause: error });
}
