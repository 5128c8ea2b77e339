import type { ContainerConfig } from '../../oci/config.ts';
import type { Digest } from '../../oci/digest.ts';

/** What `docker commit` needs of a container. */
export interface CommitSource {
  readonly id: string;
  readonly image: Digest;
  readonly config: ContainerConfig;
  /** Key of its snapshot. */
  readonly snapshot: string;
}

/** The half of the container side that the image routes use. */
export interface CommitContainers {
  /** By name, id or prefix of an id. Throws `EngineError('not-found')`. */
  commitSource(reference: string): Promise<CommitSource>;
  /** Runs `work` while the container's processes are held; a container that does not run, or is paused, is left so. */
  whilePaused<T>(id: string, work: () => Promise<T>): Promise<T>;
  /** Tells that it is done, for the container's event. `reference` is empty when the image has no name. */
  committed(
    id: string,
    image: { readonly id: Digest; readonly reference: string; readonly comment: string },
  ): void;
}
