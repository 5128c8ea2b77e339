import type { RegistryClient } from '../registry/client/client.ts';
import type { RegistryOptions } from '../registry/client/endpoints.ts';
import type { Progress } from './progress.ts';

/** What is beyond the catalog. Its code is read when it is first wanted. */
export class Remote {
  readonly hasHub: boolean;
  readonly #options: RegistryOptions;
  #client: Promise<RegistryClient<Progress>> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.hasHub = options.links?.has('docker.io') === true || (options.mirrors ?? []).length > 0;
  }

  client(): Promise<RegistryClient<Progress>> {
    this.#client ??= import('../registry/client/client.ts').then(
      ({ RegistryClient }) => new RegistryClient<Progress>(this.#options),
    );
    return this.#client;
  }
}
