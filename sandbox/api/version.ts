import { EngineError } from '../oci/errors.ts';

export const API_VERSION = '1.41';
export const MIN_API_VERSION = '1.12';
/** The Docker release whose words and shapes the engine keeps, and whose engine it is. */
export const ENGINE_VERSION = '20.10.24+slipway';

/** Splits `/v1.41/info` into version and the path behind it. */
export function splitVersion(path: string): { readonly version: string; readonly rest: string } {
  const found = /^\/v([0-9.]+)(\/.*)$/.exec(path);
  return { version: found?.[1] ?? API_VERSION, rest: found?.[2] ?? path };
}

export function checkVersion(version: string): void {
  if (compareVersions(version, MIN_API_VERSION) < 0) {
    throw new EngineError(
      'invalid',
      `client version ${version} is too old. Minimum supported API version is ${MIN_API_VERSION}, ` +
        'please upgrade your client to a newer version',
    );
  }
  if (compareVersions(version, API_VERSION) > 0) {
    throw new EngineError(
      'invalid',
      `client version ${version} is too new. Maximum supported API version is ${API_VERSION}`,
    );
  }
}

/** Negative when `a` is the older one. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
