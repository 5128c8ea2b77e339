import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ImageSource, ImageStore } from '../store/source.ts';
import type { Access, Caller } from './access.ts';
import type { Pace } from './body.ts';
import type { PushEvent } from './events.ts';

/** What the registry serves. */
export interface Registry {
  /** Everything that may be pulled. */
  readonly source: ImageSource;
  /** Where a repository is pushed to; throws `RegistryError` for one that nobody may push to. */
  storeFor(name: string): ImageStore;
}

/** One request for a repository, and all that its answer needs. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The repository. */
  readonly name: string;
  /** Tag, digest or id of an upload: what comes last in the path. */
  readonly reference: string;
  readonly query: URLSearchParams;
  readonly caller: Caller;
  readonly access: Access;
  readonly registry: Registry;
  readonly pace: Pace;
  readonly tell: (event: PushEvent) => void;
}

export type Handle = (exchange: Exchange) => Promise<void>;
