import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Described {
  readonly digest: string;
}

interface Manifest {
  readonly config: Described;
  readonly layers: readonly Described[];
}
interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

/** Every id and digest of the catalog without its algorithm: those that both engines must agree on. */
export function catalogDigests(catalog: string): ReadonlySet<string> {
  const { manifests } = readJson(path.join(catalog, 'index.json')) as { manifests: Described[] };
  const found = manifests.flatMap(({ digest }) => {
    const { config, layers } = readBlob(catalog, digest) as Manifest;
    const { rootfs } = readBlob(catalog, config.digest) as Config;
    return [digest, config.digest, ...layers.map((layer) => layer.digest), ...rootfs.diff_ids];
  });
  return new Set(found.map((digest) => digest.slice(digest.indexOf(':') + 1)));
}

function readBlob(catalog: string, digest: string): unknown {
  return readJson(path.join(catalog, 'blobs', digest.replace(':', '/')));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
