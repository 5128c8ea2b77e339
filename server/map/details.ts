import { EngineRefused, type EngineClient } from '../engine/client.ts';
import { Refusal } from '../refusal.ts';
import { MAP_CONFIG_MAX, type LayerFiles, type MapContainerDetail, type MapImageDetail } from './protocol.ts';
import { Changes, Documents, Files, Sized, Steps, StoredConfig } from './schemas.ts';

const CHANGES_MAX = 2000;
const KINDS = ['changed', 'added', 'deleted'] as const;

/** What the page asks for when something of the map is opened. */
export async function readFiles(engine: EngineClient, image: string, layer: number): Promise<LayerFiles> {
  return answered(engine.get(`/slipway/map/files?image=${image}&layer=${layer}`, Files));
}

export async function readImage(engine: EngineClient, image: string): Promise<MapImageDetail> {
  const [stored, documents, steps] = await answered(
    Promise.all([
      engine.get(`/slipway/map/config?image=${image}`, StoredConfig),
      engine.get(`/slipway/map/documents?image=${image}`, Documents),
      engine.get(`/v1.41/images/${image}/history`, Steps),
    ]),
  );
  const { json, cut } = indented(stored);
  return {
    config: json,
    cut,
    documents: documents.map(({ text, ...document }) => ({ ...document, ...indented(parsed(text)) })),
    steps: steps
      .map(({ CreatedBy, Size, Comment }) => ({ createdBy: CreatedBy, size: Size, comment: Comment }))
      .reverse(),
  };
}

export async function readContainer(engine: EngineClient, container: string): Promise<MapContainerDetail> {
  const [changes, { SizeRw }] = await answered(
    Promise.all([
      engine.get(`/v1.41/containers/${container}/changes`, Changes),
      engine.get(`/v1.41/containers/${container}/json?size=1`, Sized),
    ]),
  );
  return {
    changes: changes.slice(0, CHANGES_MAX).map(({ Path, Kind }) => ({ path: Path, change: KINDS[Kind] })),
    total: changes.length,
    size: SizeRw ?? 0,
  };
}

function indented(value: unknown): { json: string; cut: boolean } {
  const json = JSON.stringify(value, null, 2);
  return { json: json.slice(0, MAP_CONFIG_MAX), cut: json.length > MAP_CONFIG_MAX };
}

/** As it came, when it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof EngineRefused && error.status === 404) {
      throw new Refusal('not-found', 'This is not there any more.', { cause: error });
    }
    throw new Refusal('unavailable', 'The machine does not answer. Try again in a moment.', { cause: error });
  }
}
