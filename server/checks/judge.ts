import { checksIn, type Check, type CheckKind, type CheckOf } from '../../lessons/checks.ts';
import { buildSteps, pushed } from './activity.ts';
import { allOf, anyOf, notThis } from './combined.ts';
import { command } from './command.ts';
import { containerAbsent, containerChanged, containerExists } from './containers.ts';
import { builtFrom, dockerfile } from './dockerfile.ts';
import type { EngineView } from './engine-view.ts';
import { eventHappened } from './events.ts';
import { fileInImage, fileInLayer } from './files.ts';
import { imageAbsent, imageConfig, imageExists, imageHistory, imageMadeFrom } from './images.ts';
import { danglingImages, imageLayers, imageSize, sameImage, sharedLayers } from './layers.ts';
import { http, networkExists, volumeExists } from './network.ts';
import { registryTag } from './registry.ts';
import { signedTag } from './signed.ts';
import { containerConfig, containerLogs } from './settings.ts';
import { workspaceFile } from './workspace.ts';

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
  'image-layers': imageLayers,
  'image-size': imageSize,
  'shared-layers': sharedLayers,
  'same-image': sameImage,
  'dangling-images': danglingImages,
  'built-from': builtFrom,
  'file-in-image': fileInImage,
  'file-in-layer': fileInLayer,
  'container-exists': containerExists,
  'container-absent': containerAbsent,
  'container-changed': containerChanged,
  'container-config': containerConfig,
  'container-logs': containerLogs,
  'volume-exists': volumeExists,
  'network-exists': networkExists,
  http,
  'workspace-file': workspaceFile,
  dockerfile,
  'registry-tag': registryTag,
  'signed-tag': signedTag,
  pushed,
  'build-steps': buildSteps,
  'event-happened': eventHappened,
  command,
  any: (check, engine) => anyOf(check, engine, judge),
  all: (check, engine) => allOf(check, engine, judge),
  not: (check, engine) => notThis(check, engine, judge),
};

export function judge<K extends CheckKind>(check: CheckOf<K>, engine: EngineView): Promise<CheckResult> {
  return (JUDGES[check.kind] as Judge<K>)(check, engine);
}

/**
 * What a check can be touched by: types of the engine's events; `activity`, a line of it; `silent`, no event at all, but a
 * command of the learner; `late`, the time that something takes which was begun before, such as a server's start.
 */
export type Touch = 'image' | 'container' | 'volume' | 'network' | 'builder' | 'activity' | 'silent' | 'late';

const IMAGES: readonly Touch[] = ['image', 'container', 'builder'];

/** A new kind without a row here does not compile. */
const TOUCHED_BY: Readonly<Record<CheckKind, readonly Touch[]>> = {
  'image-exists': IMAGES,
  'image-absent': IMAGES,
  'image-config': IMAGES,
  'image-history': IMAGES,
  'image-made-from': IMAGES,
  'image-layers': IMAGES,
  'image-size': IMAGES,
  'shared-layers': IMAGES,
  'same-image': IMAGES,
  'dangling-images': IMAGES,
  'built-from': [...IMAGES, 'silent'],
  'file-in-image': IMAGES,
  'file-in-layer': IMAGES,
  'container-exists': ['container', 'image'],
  'container-absent': ['container'],
  'container-changed': ['container', 'silent'],
  'container-config': ['container', 'network', 'volume'],
  'container-logs': ['container', 'silent', 'late'],
  'volume-exists': ['volume'],
  'network-exists': ['network'],
  http: ['container', 'network', 'silent', 'late'],
  'workspace-file': ['silent'],
  dockerfile: ['silent'],
  'registry-tag': ['image', 'activity', 'silent', 'late'],
  'signed-tag': ['image', 'activity', 'silent', 'late'],
  pushed: ['activity'],
  'build-steps': ['activity'],
  'event-happened': ['image', 'container', 'volume', 'network', 'builder'],
  command: ['image', 'container', 'volume', 'network', 'builder', 'silent', 'late'],
  any: [],
  all: [],
  not: [],
};

export function touches(check: Check): Set<Touch> {
  return new Set(checksIn(check).flatMap(({ kind }) => TOUCHED_BY[kind]));
}
