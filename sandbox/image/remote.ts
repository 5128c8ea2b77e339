import { HUB } from '../registry/client/hub.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryClient } from '../registry/client/client.ts';
import type { Credentials } from '../registry/client/credentials.ts';
import type { RegistryOptions } from '../registry/client/endpoints.ts';
import type { DistributionInspect } from '../registry/client/inspect.ts';
import type { LoggedIn } from '../registry/client/login.ts';
import type { Found } from '../registry/client/search.ts';
import type { Progress } from './progress.ts';

/** What is beyond the catalog. Its code is read when it is first wanted. */
export class Remote {
  readonly #options: RegistryOptions;
  #client: Promise<RegistryClient<Progress>> | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Whether names without a registry lead anywhere beside the catalog. */
  get hasHub(): boolean {
    const { links, mirrors = [] } = this.#options;
    const hub = links?.get(HUB);
    return mirrors.length > 0 || (hub !== undefined && (hub.isThere?.() ?? true));
  }

  client(): Promise<RegistryClient<Progress>> {
    this.#client ??= import('../registry/client/client.ts').then(
      ({ RegistryClient }) => new RegistryClient<Progress>(this.#options),
    );
    return this.#client;
  }

  async login(credentials: Credentials, signal: AbortSignal): Promise<LoggedIn> {
    const { login } = await import('../registry/client/login.ts');
    return login(this.#options, credentials, signal);
  }

  async search(term: string, limit: number, signal: AbortSignal): Promise<Found[]> {
    const { search } = await import('../registry/client/search.ts');
    return search(this.#options, term, limit, signal);
  }

  async inspect(
    reference: Reference,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<DistributionInspect> {
    const { inspectDistribution } = await import('../registry/client/inspect.ts');
    return inspectDistribution(this.#options, reference, credentials, signal);
  }
}
