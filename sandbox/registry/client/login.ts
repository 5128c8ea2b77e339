import { urlIn, withRegistry } from './connection.ts';
import type { Credentials } from './credentials.ts';
import type { RegistryOptions } from './endpoints.ts';
import { HUB } from './hub.ts';
import { RegistryError } from './errors.ts';
import { discard } from './http.ts';

/** Answer to `docker login`. */
export interface LoggedIn {
  /** What to keep in place of the password; empty when the registry gives none. */
  readonly IdentityToken: string;
  readonly Status: string;
}

/** Asks a registry whether it knows the user. Throws `RegistryError`, of kind `unauthorized` when a token server does not. */
export async function login(
  options: RegistryOptions,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<LoggedIn> {
  const domain = domainOf(credentials.serverAddress);
  const connect = { credentials, scopes: [], signal, offline: true };
  return withRegistry(options, domain, connect, async ({ http, authorizer, endpoint }) => {
    const url = urlIn(endpoint, '');
    const answer = await http.send(url, { signal }).catch((error: unknown) => {
      throw error instanceof RegistryError && error.code === 'UNAUTHORIZED' ? refused(error) : error;
    });
    discard(answer);
    if (answer.status === 200) {
      return { IdentityToken: authorizer.identityToken, Status: 'Login Succeeded' };
    }
    throw new RegistryError(`login attempt to ${url.href} failed with status: ${answer.statusLine}`);
  });
}

function refused(error: RegistryError): RegistryError {
  return new RegistryError(error.message, { kind: 'unauthorized', cause: error });
}

/** `https://index.docker.io/v1/` and nothing at all mean the hub. */
function domainOf(address: string): string {
  const full = /^https?:\/\//.test(address) ? address : `https://${address}`;
  if (address === '') return HUB;
  if (!URL.canParse(full)) {
    throw new RegistryError(`unable to parse server address: parse "${full}": invalid URL`, {
      kind: 'invalid',
    });
  }
  // Not `URL.host`: that leaves out a port which is the usual one.
  const host = /^https?:\/\/([^/?#]*)/.exec(full)?.[1] ?? '';
  return ['index.docker.io', 'registry-1.docker.io', HUB].includes(host) ? HUB : host;
}
