import type { Check, CheckKind, CheckOf } from '../../lessons/checks.ts';
import { familiarName } from '../checks/names.ts';
import type { MapWish } from './protocol.ts';

/** A wish before it is known whether it came true. */
export type Wish = MapWish extends infer W ? (W extends MapWish ? Omit<W, 'reached'> : never) : never;
type WishOf<K extends Wish['kind']> = Extract<Wish, { kind: K }>;

type Wishes<K extends CheckKind> = (check: CheckOf<K>) => readonly Wish[];

/** What each kind of check asks to be there. Kinds that are not here ask for nothing that can be drawn. */
const WISHES: { readonly [K in CheckKind]?: Wishes<K> } = {
  'image-exists': ({ image }) => [imageWish(image)],
  'image-absent': ({ image }) => [imageWish(image, { gone: true })],
  'image-config': ({ image, ...config }) => [imageWish(image, { wants: settings(config) })],
  'image-history': ({ image, comment, author, contains = [] }) => [
    imageWish(image, {
      wants: [
        ...(comment === undefined ? [] : ['with a comment']),
        ...(author === undefined ? [] : ['with an author']),
        ...contains.map((part) => `with ${part} in its history`),
      ],
    }),
  ],
  'image-made-from': ({ image, parent, addedLayers }) => [
    imageWish(image, { parent: familiarName(parent), layers: addedLayers ?? null }),
  ],
  'image-layers': ({ image, count, min, max }) => [
    imageWish(image, {
      layers: count ?? min ?? null,
      wants: amounts({ count, min, max }).map((amount) => `with ${amount} layers`),
    }),
  ],
  'image-size': ({ image, under, over, 'smaller-than': other }) => [
    imageWish(image, {
      wants: [
        ...(under === undefined ? [] : [`smaller than ${under}`]),
        ...(over === undefined ? [] : [`larger than ${over}`]),
        ...(other === undefined ? [] : [`smaller than ${familiarName(other)}`]),
      ],
    }),
  ],
  'shared-layers': ({ image, with: other }) => [
    imageWish(image, { wants: [`with layers of ${familiarName(other)}`] }),
  ],
  'same-image': ({ images: [first, second] }) => [
    imageWish(first),
    imageWish(second, { sameAs: familiarName(first) }),
  ],
  'built-from': ({ image, dockerfile }) => [imageWish(image, { wants: [`built from ${dockerfile}`] })],
  'file-in-image': ({ image, path, present }) => [
    imageWish(image, { wants: [`${present ? 'with' : 'without'} ${path}`] }),
  ],
  'file-in-layer': ({ image, path, present }) => [
    imageWish(image, { wants: [`${present ? 'with' : 'without'} ${path} in a layer`] }),
  ],
  'container-exists': ({ name = '', image, state = '', command, exitCode }) => [
    containerWish(name, {
      image: image === undefined ? '' : familiarName(image),
      state,
      wants: [
        ...(command === undefined ? [] : [`running ${command}`]),
        ...(exitCode === undefined ? [] : [`ended with ${exitCode}`]),
      ],
    }),
  ],
  'container-absent': ({ name }) => [containerWish(name, { gone: true })],
  'container-changed': ({ name, path, change }) => [
    containerWish(name, { wants: [`with ${path} ${change}`] }),
  ],
  'container-config': ({ name, network, mounts = {}, ports = {}, ...config }) => [
    containerWish(name, {
      wants: [
        ...(network === undefined ? [] : [`in network ${network}`]),
        ...Object.entries(mounts).map(
          ([path, what]) => `with ${what === true ? 'something' : what} at ${path}`,
        ),
        ...Object.entries(ports).map(([inside, outside]) => `with port ${inside} published as ${outside}`),
        ...settings(config),
      ],
    }),
  ],
  'container-logs': ({ name, contains, matches }) => [
    containerWish(name, { wants: [`printing ${contains ?? matches ?? 'something'}`] }),
  ],
  'volume-exists': ({ name, present }) => [{ kind: 'volume', name, gone: !present, wants: [] }],
  'network-exists': ({ name, present }) => [{ kind: 'network', name, gone: !present, wants: [] }],
  'registry-tag': ({ registry, repository, tag = '', present, 'same-as': image }) => [
    {
      kind: 'repository',
      name: repository,
      registry: registry === 'hub' ? HUB : registry,
      tag,
      gone: !present,
      wants: image === undefined ? [] : [`the same as ${familiarName(image)}`],
    },
  ],
  // Authors put the usual way first.
  any: ({ checks: [first] }) => (first ? wishesOf(first) : []),
  all: ({ checks }) => checks.flatMap(wishesOf),
};

const HUB = 'docker.io';

/** What a check asks to be there, or to be gone; nothing for what cannot be drawn. */
export function wishesOf(check: Check): readonly Wish[] {
  return (WISHES[check.kind] as Wishes<CheckKind> | undefined)?.(check) ?? [];
}

function imageWish(image: string, part: Partial<WishOf<'image'>> = {}): Wish {
  return {
    kind: 'image',
    name: familiarName(image),
    parent: '',
    sameAs: '',
    layers: null,
    gone: false,
    wants: [],
    ...part,
  };
}

function containerWish(name: string, part: Partial<WishOf<'container'>>): Wish {
  return { kind: 'container', name, image: '', state: '', gone: false, wants: [], ...part };
}

/** Settings of an image or a container by the names that lessons have for them. */
function settings(config: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (name === 'kind' || name === 'name' || value === undefined) return [];
    return [`with ${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
}

function amounts({
  count,
  min,
  max,
}: Readonly<Record<'count' | 'min' | 'max', number | undefined>>): string[] {
  return [
    ...(count === undefined ? [] : [String(count)]),
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
}
