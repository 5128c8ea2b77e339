import { availableParallelism } from 'node:os';
import type { Emit, ImageSide } from '../image/images.ts';
import type { Digest } from '../oci/digest.ts';
import type { Cgroups } from './cgroups.ts';
import type { Container } from './container.ts';
import type { Crun } from './crun.ts';
import type { Networking } from './networking.ts';
import type { Registry } from './registry.ts';
import type { Machine } from './resources.ts';
import type { Volumes } from './volumes.ts';

/** What the verbs on containers work with; wired once, in `containers.ts`. */
export interface Context {
  readonly registry: Registry;
  readonly images: ImageSide['images'];
  readonly snapshots: ImageSide['snapshots'];
  readonly networking: Networking;
  readonly volumes: Volumes;
  readonly crun: Crun;
  readonly cgroups: Cgroups | undefined;
  /** Bytes of an image's layers, as `docker ps -s` adds them. */
  readonly imageSize: (image: Digest) => Promise<number>;
  readonly emit: Emit;
  /** Folder of all that the engine keeps. */
  readonly state: string;
  /** Folder for what only lives as long as the engine runs. */
  readonly runFolder: string;
  /** Static init program for `--init`. */
  readonly initProgram: string;
}

/** What the session's containers share. */
export function machineOf({ cgroups }: Pick<Context, 'cgroups'>): Machine {
  return {
    processors: cgroups?.processors ?? availableParallelism(),
    cgroupVersion: cgroups?.version,
    hasRealTime: cgroups?.hasRealTime,
  };
}

/** An event about a container, with its image, name and labels as Docker adds them. */
export function emitContainer(
  context: Pick<Context, 'emit'>,
  { record }: Pick<Container, 'record'>,
  action: string,
  attributes: Readonly<Record<string, string>> = {},
): void {
  context.emit({
    Type: 'container',
    Action: action,
    Actor: {
      ID: record.id,
      Attributes: { ...record.config.Labels, ...attributes, image: record.config.Image, name: record.name },
    },
  });
}
