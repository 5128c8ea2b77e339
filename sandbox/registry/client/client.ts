import type { Connection, ConnectOptions } from './connection.ts';
import { withRegistry } from './connection.ts';
import type { RegistryOptions } from './endpoints.ts';
import { KnownBlobs } from './known-blobs.ts';
import { Transfers } from './transfers.ts';

/** As many layers at once as dockerd moves. */
const DOWNLOADS = 3;
const UPLOADS = 5;

/** Everything about other registries, shared by all pulls and pushes of an engine. */
export class RegistryClient<Line> {
  readonly downloads = new Transfers<Line>(DOWNLOADS);
  readonly uploads = new Transfers<Line>(UPLOADS);
  readonly known: KnownBlobs;
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.known = new KnownBlobs(options.state);
  }

  /** See `withRegistry`. */
  with<T>(domain: string, connect: ConnectOptions, work: (connection: Connection) => Promise<T>): Promise<T> {
    return withRegistry(this.#options, domain, connect, work);
  }
}
