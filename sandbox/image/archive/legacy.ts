import * as z from 'zod/mini';
import type { Digest } from '../../oci/digest.ts';
import { EngineError } from '../../oci/errors.ts';
import { parseReference, withTag } from '../../oci/reference.ts';
import { goConfig } from '../inspect.ts';
import { dockerTime } from '../time.ts';
import { goJson, goTypeOf, parseJson, parseJsonStream } from './json.ts';
import type { Loading } from './loading.ts';
import { addImage, checkSystem, nameImage, textAt } from './loading.ts';
import { unpackingFailed } from './words.ts';

const names = z.record(z.string(), z.record(z.string(), z.string()));
const header = z.looseObject({ os: z.optional(z.string()), parent: z.optional(z.string()) });

/** How deep parents may lie: no image has more layers. */
const DEPTH = 1000;

/** Archives from before 1.10: a folder for each layer, which is an image of its own; names in `repositories`. */
export async function loadLegacy(loading: Loading): Promise<void> {
  const loaded = new Map<string, Digest>();
  for (const name of loading.arrivals.folders()) await loadOne(loading, name, loaded, 0);
  const repositories = names.safeParse(parseJsonStream(textAt(loading, 'repositories')));
  if (!repositories.success) {
    throw new EngineError(
      'invalid',
      'json: cannot unmarshal repositories into Go value of type map[string]map[string]string',
    );
  }
  for (const [name, tags] of Object.entries(repositories.data)) {
    for (const [tag, old] of Object.entries(tags)) {
      const id = loaded.get(old);
      if (id === undefined) throw new EngineError('invalid', `invalid target ID: ${old}`);
      await nameImage(loading, id, withTag(parseReference(name), tag));
    }
  }
}

async function loadOne(
  loading: Loading,
  name: string,
  loaded: Map<string, Digest>,
  depth: number,
): Promise<Digest> {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  if (depth > DEPTH) throw new EngineError('invalid', 'max depth exceeded');
  const old = readOld(textAt(loading, `${name}/json`));
  const parent = old.parent === '' ? undefined : await loadOne(loading, old.parent, loaded, depth + 1);
  const { store } = loading.context;
  const below = parent === undefined ? undefined : await store.config(parent);
  const layerName = `${name}/layer.tar`;
  const arrival = loading.arrivals.find(layerName);
  if (!arrival) throw loading.folder.missing(layerName);
  if (arrival.kind === 'broken') throw unpackingFailed(arrival.error);
  if (arrival.kind === 'text') throw unpackingFailed(new EngineError('invalid', 'unexpected EOF'));
  const diffId = arrival.kind === 'layer' ? arrival.layer.diffId : arrival.diffId;
  const layers = below?.rootfs.diff_ids ?? [];
  const config = configOf(
    old.fields,
    [...(below?.history ?? []), historyOf(old.fields)],
    [...layers, diffId],
  );
  const paths = [...layers.map(() => ''), layerName];
  const id = await addImage(loading, Buffer.from(config), paths, { asTold: name });
  if (parent !== undefined) {
    await loading.inTurn(() =>
      store.change((all) => ({
        ...all,
        images: new Map(all.images).set(id, { ...all.images.get(id), parent }),
      })),
    );
  }
  loaded.set(name, id);
  return id;
}

interface OldImage {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly parent: string;
}

function readOld(bytes: Buffer): OldImage {
  const fields = parseJson(bytes);
  const result = header.safeParse(fields);
  if (!result.success) {
    throw new EngineError(
      'invalid',
      `json: cannot unmarshal ${goTypeOf(fields)} into Go value of type struct`,
    );
  }
  checkSystem(result.data.os);
  return {
    fields: isOldest(result.data) ? rewritten(result.data) : result.data,
    parent: result.data.parent ?? '',
  };
}

/** Made before Docker 1.8.3: dockerd reads such an image and writes what it understood. */
function isOldest({ docker_version }: OldImage['fields']): boolean {
  const [major = 0, minor = 0, patch = 0] = (typeof docker_version === 'string' ? docker_version : '')
    .split('.')
    .map((part) => Number.parseInt(part, 10) || 0);
  return major < 1 || (major === 1 && (minor < 8 || (minor === 8 && patch < 3)));
}

function rewritten(fields: OldImage['fields']): OldImage['fields'] {
  const configAt = (name: string): object | undefined => {
    const found = fields[name];
    return typeof found === 'object' && found !== null ? goConfig(found) : undefined;
  };
  const texts = TEXTS.map((name) => [name, fields[name]] as const).filter(
    ([, value]) => typeof value === 'string',
  );
  const config = configAt('config');
  return {
    ...Object.fromEntries(texts.filter(([, value]) => value !== '')),
    created: dockerTime(typeof fields.created === 'string' ? fields.created : undefined),
    container_config: configAt('container_config') ?? goConfig({}),
    ...(config && { config }),
  };
}

const TEXTS = ['comment', 'container', 'docker_version', 'author', 'architecture', 'variant', 'os'];

/** What an old image says of itself in one line of history. */
function historyOf(fields: OldImage['fields']): object {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  const ran = fields.container_config;
  const command =
    typeof ran === 'object' && ran !== null && 'Cmd' in ran && Array.isArray(ran.Cmd)
      ? ran.Cmd.join(' ')
      : '';
  const { author, comment, created } = fields;
  return {
    created: text(created) ?? '0001-01-01T00:00:00Z',
    ...(text(author) !== undefined && { author }),
    ...(command !== '' && { created_by: command }),
    ...(text(comment) !== undefined && { comment }),
  };
}

/** Fields of the old form that the new one has not. */
const DROPPED = ['id', 'parent', 'Size', 'parent_id', 'layer_id', 'throwaway'];

/** As Go writes a map: its keys sorted. */
function configOf(
  fields: OldImage['fields'],
  history: readonly object[],
  diffIds: readonly Digest[],
): string {
  const kept = Object.entries(fields).filter(([key]) => !DROPPED.includes(key));
  const all = { ...Object.fromEntries(kept), history, rootfs: { type: 'layers', diff_ids: diffIds } };
  return goJson(Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))));
}
