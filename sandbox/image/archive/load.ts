import { decompress } from '../../layer/decompress.ts';
import type { EngineError } from '../../oci/errors.ts';
import type { ImageContext } from '../context.ts';
import type { Report } from '../lines.ts';
import { Arrivals } from './arrivals.ts';
import { loadDocker } from './docker.ts';
import { loadLegacy } from './legacy.ts';
import { loadLayout } from './layout.ts';
import type { Loading } from './loading.ts';
import { ImportFolder, unpackingFailed } from './words.ts';

export interface LoadOptions {
  /** Without the bars of layers. */
  readonly quiet: boolean;
  readonly signal: AbortSignal;
  readonly report: Report;
  /** Tells a line of plain text. */
  readonly print: (text: string) => void;
  /** Runs work that changes images, one after another. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Images from an archive, compressed or not: Docker's own of any age, or an OCI image layout. Layers are unpacked while
 * the archive is read. Images before the one that is wrong are loaded, of that one nothing stays.
 * Throws `EngineError('invalid')` in Docker's words.
 */
export async function load(
  context: ImageContext,
  source: AsyncIterable<Uint8Array>,
  options: LoadOptions,
): Promise<void> {
  const { quiet, signal, report } = options;
  const arrivals = await Arrivals.read(context.layers, decompress(source), {
    signal,
    ...(!quiet && { report }),
  }).catch((error: unknown) => {
    throw unpackingFailed(error);
  });
  const loading: Loading = { context, arrivals, folder: new ImportFolder(), ...options };
  try {
    if (arrivals.find('manifest.json')) await loadDocker(loading);
    else if (arrivals.find('oci-layout') && arrivals.find('index.json')) await loadLayout(loading);
    else if (arrivals.find('repositories')) await loadLegacy(loading);
    else throw missing(loading);
  } finally {
    await arrivals.close();
  }
}

/** dockerd takes whatever is no newer archive for one of the oldest. */
function missing({ arrivals, folder }: Loading): EngineError {
  const [first] = arrivals.folders();
  if (first !== undefined && !arrivals.find(`${first}/json`)) return folder.missing(`${first}/json`);
  return folder.missing('repositories');
}
