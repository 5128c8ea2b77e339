import * as z from 'zod/mini';

/** What a client of the engine sends along to be used with a registry (`AuthConfig` of Docker's API). */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Stands for name and password with a token server. */
  readonly identityToken: string;
  /** Used as it is. */
  readonly registryToken: string;
  /** `https://index.docker.io/v1/`, `localhost:5000`; empty means the hub. */
  readonly serverAddress: string;
}

export const NOBODY: Credentials = {
  username: '',
  password: '',
  identityToken: '',
  registryToken: '',
  serverAddress: '',
};

const text = z.optional(z.nullable(z.string()));

const schema = z.looseObject({
  username: text,
  password: text,
  identitytoken: text,
  registrytoken: text,
  serveraddress: text,
});

/** Undefined for anything that is not an `AuthConfig`. */
export function credentialsFrom(value: unknown): Credentials | undefined {
  const result = schema.safeParse(value);
  if (!result.success) return undefined;
  const { username, password, identitytoken, registrytoken, serveraddress } = result.data;
  return {
    username: username ?? '',
    password: password ?? '',
    identityToken: identitytoken ?? '',
    registryToken: registrytoken ?? '',
    serverAddress: serveraddress ?? '',
  };
}

/** `X-Registry-Auth`: base64url of JSON. What cannot be read is nobody, as dockerd has it. */
export function credentialsOfHeader(header: string | undefined): Credentials {
  return credentialsFrom(parseHeader(header)) ?? NOBODY;
}

/** `X-Registry-Config`: the same for several registries, each under its address. */
export function credentialsByRegistry(header: string | undefined): ReadonlyMap<string, Credentials> {
  const value = parseHeader(header);
  if (typeof value !== 'object' || value === null) return new Map();
  const entries = Object.entries(value).map(([address, each]) => [address, credentialsFrom(each)] as const);
  return new Map(entries.flatMap(([address, each]) => (each ? [[address, each] as const] : [])));
}

function parseHeader(header: string | undefined): unknown {
  if (header === undefined || header === '') return undefined;
  try {
    return JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
