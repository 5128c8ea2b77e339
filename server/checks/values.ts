import { createHash } from 'node:crypto';
import { placeholdersIn, substituteAll, type Capture, type Variables } from '../../lessons/variables.ts';
import type { ContainerDetail, ImageDetail } from '../engine/schemas.ts';
import type { EngineView } from './engine-view.ts';
import { familiarName, shortId } from './names.ts';

export type Values = Readonly<Record<string, string>>;

/** Values that do not come from the engine: always the same for one `seed`. */
export function chosenValues(variables: Variables, seed: string): Values {
  const values: Record<string, string> = {};
  for (const [name, variable] of Object.entries(variables)) {
    const number = createHash('sha256').update(`${seed}\n${name}`).digest().readUInt32BE();
    if ('choose' in variable) values[name] = variable.choose[number % variable.choose.length] ?? '';
    if ('between' in variable) {
      const [from, to] = variable.between;
      values[name] = String(from + (number % (to - from + 1)));
    }
  }
  return values;
}

/** Goes into texts and commands: nothing that could be more than one word, or no word at all. */
const CAPTURED = /^[\w.:/@+-]{1,200}$/;

/** What is known of the captured variables now; what was known before stays while its thing is gone. */
export async function captureValues(
  variables: Variables,
  before: Values,
  engine: EngineView,
): Promise<Values> {
  const values = { ...before };
  for (const [name, variable] of Object.entries(variables)) {
    if (!('capture' in variable)) continue;
    const value = await read(substituteAll(variable.capture, values), engine);
    if (value !== undefined && CAPTURED.test(value)) values[name] = value;
  }
  return values;
}

/** Names of variables in `data` that have no value yet. */
export function unknownIn(data: unknown, variables: Variables, values: Values): string[] {
  return placeholdersIn(JSON.stringify(data)).filter((name) => name in variables && !(name in values));
}

async function read(capture: Capture, engine: EngineView): Promise<string | undefined> {
  if (capture.kind === 'image') {
    const image = await engine.findImage(capture.image);
    return image && ofImage(image, capture.value);
  }
  const container = await findContainer(capture, engine);
  return container && ofContainer(container, capture.value);
}

async function findContainer(
  { name, image }: Extract<Capture, { kind: 'container' }>,
  engine: EngineView,
): Promise<ContainerDetail | undefined> {
  if (name !== undefined) {
    const found = await engine.findContainer(name);
    return found?.Name.replace(/^\//, '') === name ? found : undefined;
  }
  const newest = (await engine.containers()).find(
    (one) => image === undefined || familiarName(one.Image) === familiarName(image),
  );
  return newest && engine.findContainer(newest.Id);
}

type ImageValue = Extract<Capture, { kind: 'image' }>['value'];

function ofImage(image: ImageDetail, value: ImageValue): string | undefined {
  const layers = image.RootFS.Layers;
  const read: Readonly<Record<ImageValue, () => string | undefined>> = {
    id: () => image.Id,
    'short-id': () => shortId(image.Id),
    digest: () => image.RepoDigests?.[0]?.replace(/^.*@/, ''),
    layers: () => String(layers.length),
    bytes: () => (typeof image.Size === 'number' ? String(image.Size) : undefined),
    'top-layer': () => layers.at(-1),
  };
  return read[value]();
}

type ContainerValue = Extract<Capture, { kind: 'container' }>['value'];

function ofContainer(container: ContainerDetail, value: ContainerValue): string | undefined {
  const networks = Object.values(container.NetworkSettings?.Networks ?? {});
  const read: Readonly<Record<ContainerValue, () => string | undefined>> = {
    id: () => container.Id,
    'short-id': () => shortId(container.Id),
    name: () => container.Name.replace(/^\//, ''),
    'image-id': () => container.Image,
    address: () =>
      networks.map(({ IPAddress }) => IPAddress).find((address) => Boolean(address)) ?? undefined,
  };
  return read[value]();
}
