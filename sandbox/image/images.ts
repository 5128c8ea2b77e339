import type { ContainerConfig, ImageConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { Snapshots } from '../snapshot/snapshots.ts';

/** An image of the store, as the container side needs it. */
export interface Image {
  /** Digest of the configuration. */
  readonly id: Digest;
  readonly config: ImageConfig;
}

export interface CommitOptions {
  /** Key of the snapshot whose writable layer becomes the new layer. */
  readonly snapshot: string;
  readonly containerId: string;
  /** The image the container was made from. */
  readonly parent: Digest;
  /** The container's configuration, changes already applied. */
  readonly config: ContainerConfig;
  readonly containerConfig: ContainerConfig;
  readonly comment?: string;
  readonly author?: string;
  /** Full reference to tag the result with, such as `docker.io/library/web:1`. */
  readonly reference?: string;
}

/** The half of the image store that containers use. */
export interface ContainerImages {
  /**
   * By name, name and tag, name and digest, id or unambiguous prefix of an id.
   * Throws `EngineError('not-found', 'No such image: REF')` with the tag that Docker adds to the name.
   */
  resolve(reference: string): Promise<Image>;
  commit(options: CommitOptions): Promise<Digest>;
}

/** What the container side tells the image side, so that it can refuse to remove what is in use. */
export interface ImageUse {
  readonly containerId: string;
  readonly image: Digest;
  readonly running: boolean;
}

/** An event of the Docker API (`docker events`); time is added by the bus. */
export type Emit = (event: {
  readonly Type: 'builder' | 'container' | 'image' | 'network' | 'volume' | 'daemon';
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}) => void;

export interface ImageSide {
  readonly images: ContainerImages;
  readonly snapshots: Snapshots;
}
