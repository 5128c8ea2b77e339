import type { Check, CheckKind, CheckOf } from '../../lessons/checks.ts';
import { containerAbsent, containerChanged, containerExists } from './containers.ts';
import type { EngineView } from './engine-view.ts';
import { eventHappened } from './events.ts';
import { fileInImage } from './files.ts';
import { imageAbsent, imageConfig, imageExists, imageHistory, imageMadeFrom } from './images.ts';

/** What was found, and where to look next: a sentence in either case. */
export interface CheckResult {
  readonly passed: boolean;
  readonly message: string;
}

export type Judge<K extends CheckKind> = (check: CheckOf<K>, engine: EngineView) => Promise<CheckResult>;

/** A new kind without a row here does not compile. */
const JUDGES: { readonly [K in CheckKind]: Judge<K> } = {
  'image-exists': imageExists,
  'image-absent': imageAbsent,
  'image-config': imageConfig,
  'image-history': imageHistory,
  'image-made-from': imageMadeFrom,
  'file-in-image': fileInImage,
  'container-exists': containerExists,
  'container-absent': containerAbsent,
  'container-changed': containerChanged,
  'event-happened': eventHappened,
};

export function judge<K extends CheckKind>(check: CheckOf<K>, engine: EngineView): Promise<CheckResult> {
  return (JUDGES[check.kind] as Judge<K>)(check, engine);
}

/** Kinds about things that change without an event of the engine, such as a file written in a running container. */
const SILENT: ReadonlySet<CheckKind> = new Set(['container-changed']);

export function changesSilently(check: Check): boolean {
  return SILENT.has(check.kind);
}
