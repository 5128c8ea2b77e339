import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RegistryHandlerOptions } from '../server/handler.ts';
import { createRegistryHandler } from '../server/handler.ts';
import type { DiskStoreOptions } from '../store/disk.ts';
import { DiskStore } from '../store/disk.ts';

export interface TestRegistry {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  readonly store: DiskStore;
  readonly folder: string;
  close(): Promise<void>;
}

export type TestRegistryOptions = Partial<DiskStoreOptions> &
  Omit<Partial<RegistryHandlerOptions>, 'registry'>;

/** Our registry on a free port of the loopback. A given `folder` is kept when it closes. */
export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'slipway-registry-')));
  const store = new DiskStore({ ...options, folder });
  const handler = createRegistryHandler({ ...options, registry: { source: store, storeFor: () => store } });
  const server = createServer({ requestTimeout: 0 }, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    store,
    folder,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}
