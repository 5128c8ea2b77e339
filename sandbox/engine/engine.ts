import { chmod, chown, mkdir, readFile, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { archiveRoutes } from '../api/archive.ts';
import { authRoutes } from '../api/auth.ts';
import { buildRoutes } from '../api/build.ts';
import { containerStreamRoutes } from '../api/container-streams.ts';
import { containerRoutes } from '../api/containers.ts';
import { EventBus, eventRoutes } from '../api/events.ts';
import { distributionRoutes } from '../api/distribution.ts';
import { execRoutes } from '../api/execs.ts';
import { commitContainers } from '../api/images/containers.ts';
import { imageRoutes, ownImageRoutes } from '../api/images/images.ts';
import { networkRoutes } from '../api/networks.ts';
import { processRoutes } from '../api/processes.ts';
import { sendNothing } from '../api/respond.ts';
import type { Route } from '../api/router.ts';
import { createApiServer } from '../api/server.ts';
import { swarmRoutes } from '../api/swarm.ts';
import { systemRoutes } from '../api/system.ts';
import { ENGINE_VERSION } from '../api/version.ts';
import { volumeRoutes } from '../api/volumes.ts';
import { openArchive } from '../container/archive/open.ts';
import { Containers } from '../container/containers.ts';
import type { NetworkSide } from '../container/network/open.ts';
import { openNetworks } from '../container/network/open.ts';
import { Observer } from '../container/observer.ts';
import type { Registry } from '../container/registry.ts';
import type { ImageEngine } from '../image/engine.ts';
import { openImageSide } from '../image/open.ts';
import { HUB, LAB_HUB } from '../registry/client/hub.ts';
import type { EngineOptions } from './arguments.ts';
import { fileRoutes } from './files.ts';
import { dockerChannelRoutes } from './docker-channel.ts';
import type { OpenOutside } from './outside.ts';
import { systemOf } from './system.ts';
import { Terminals } from './terminals.ts';
import { runRoutes } from './run.ts';
import { tunnelRoutes } from './tunnel.ts';
import { Uplink } from './uplink.ts';
import { usageRoutes } from './usage.ts';
import { folderSize } from './folder-size.ts';
import { Activity } from './map/activity.ts';
import { mapRoutes } from './map/routes.ts';
import { lazyBuilder } from './lazy-builder.ts';
import { withRoom } from './heap.ts';

/** The learner's. */
const HOME = '/root';

export interface Engine {
  /** Ends containers and terminals, politely for as long as `graceSeconds`. */
  close(graceSeconds: number): Promise<void>;
}

/** The runtime that a session is shown has one, static; elsewhere it is the host's. */
function busyboxBesideNode(): { busybox?: string } {
  const busybox = join(dirname(process.execPath), 'busybox');
  return existsSync(busybox) ? { busybox } : {};
}

/** Wires everything by hand, recovers what an earlier engine left, and serves. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { state, catalog } = options;
  await mkdir(state, { recursive: true });
  // What builds keep for those after them, of an earlier life of the engine.
  await rm(`${state}/build`, { recursive: true, force: true });
  const bus = new EventBus();
  const wayOut: { open?: OpenOutside } = {};
  const server = { isThere: false };
  const uplink = new Uplink(() => {
    server.isThere = true;
    openWayOut().catch((error: unknown) => console.error('The way out could not be opened:', error));
  });
  // Images are asked about before there are containers.
  const later: { containers?: Containers } = {};
  const imageSide = await openImageSide({
    state,
    catalog,
    emit: bus.emit,
    uses: () => later.containers?.uses() ?? [],
    engineVersion: ENGINE_VERSION,
    registries: {
      links: new Map(
        [HUB, LAB_HUB].map((name) => [name, { open: uplink.openHub, isThere: () => server.isThere }]),
      ),
    },
    ...busyboxBesideNode(),
  });
  const activity = new Activity({
    epoch: Date.now().toString(36),
    sizes: async (image) => new Map((await imageSide.history(image)).map(({ Id, Size }) => [Id, Size])),
  });
  imageSide.transfers = activity.transfer;
  let networks: NetworkSide | undefined;
  const containers = await Containers.open({
    state,
    cgroup: options.cgroup,
    goesOn: options.goesOn,
    imageSide,
    imageSize: (image) => imageSide.size(image),
    emit: bus.emit,
    networking: async (registry) => {
      networks = await openNetworks({
        folder: `${state}/network`,
        containers: directoryOf(registry),
        emit: bus.emit,
      });
      return networks.networking;
    },
  });
  later.containers = containers;
  const openWayOut = async (): Promise<void> => {
    const { openOutside } = await import('./outside.ts');
    const names = networks?.names ?? { outside: undefined };
    wayOut.open = await openOutside({ dial: (way) => uplink.open(way), names });
    // By itself, for development, the engine shares the root of its host.
    if ('path' in options.control) return;
    const { trustLab } = await import('./authority.ts');
    await trustLab(await uplink.open('authority')).catch((error: unknown) =>
      console.error('The lab’s own certificates will not be trusted:', error),
    );
  };
  const terminals = new Terminals({ home: HOME, env: shellEnv(options.dockerSocket) });
  const docker = dockerRoutes({ options, bus, imageSide, containers, networks, activity });
  const dockerServer = createApiServer(docker);
  const control = [
    ...ownRoutes(options, terminals, imageSide),
    ...mapRoutes(imageSide, activity),
    ...uplink.routes,
    ...dockerChannelRoutes(dockerServer),
    ...docker,
  ];
  // Whoever asks first shall find what ran running.
  if (options.goesOn) await containers.startByPolicy();
  const servers = [
    await listen(dockerServer, { path: options.dockerSocket }),
    await listen(createApiServer(control), options.control),
  ];
  await containers.startByPolicy();
  return {
    close: async (graceSeconds) => {
      terminals.closeAll();
      uplink.close();
      wayOut.open?.close();
      await containers.close(graceSeconds);
      await networks?.close();
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

interface Wired {
  readonly options: EngineOptions;
  readonly bus: EventBus;
  readonly imageSide: ImageEngine;
  readonly containers: Containers;
  readonly networks: NetworkSide | undefined;
  readonly activity: Activity;
}

function dockerRoutes({ options, bus, imageSide, containers, networks, activity }: Wired): Route[] {
  const volumeSize = (volume: { readonly Mountpoint: string }) => folderSize(volume.Mountpoint);
  const system = systemOf({
    containers,
    state: options.state,
    memoryBytes: options.memoryBytes,
    images: imageSide,
    volumeSize,
  });
  const builder = lazyBuilder({
    folder: `${options.state}/build`,
    cacheFolder: `${options.state}/build-cache`,
    images: imageSide,
    containers,
    emit: bus.emit,
    minutes: options.buildMinutes,
    observe: activity.build,
    carryOut: withRoom,
  });
  return [
    ...buildRoutes(builder),
    ...systemRoutes(system),
    ...swarmRoutes(),
    ...eventRoutes(bus),
    ...authRoutes(imageSide),
    ...distributionRoutes(imageSide),
    ...imageRoutes(imageSide, commitContainers(containers)),
    ...containerRoutes(containers),
    ...containerStreamRoutes(containers),
    ...execRoutes(containers),
    ...volumeRoutes({ volumes: containers.volumes, size: volumeSize }),
    ...(networks ? networkRoutes(networks.networks) : []),
    ...archiveRoutes(openArchive(containers.context)),
    ...processRoutes(new Observer(containers.context)),
  ];
}

/** What the web server alone may ask for; see `routes.ts`. */
function ownRoutes(options: EngineOptions, terminals: Terminals, imageSide: ImageEngine): Route[] {
  return [
    { method: 'GET', path: '/slipway/ready', handle: async (call) => sendNothing(call.response) },
    ...terminals.routes,
    ...tunnelRoutes,
    ...runRoutes({ home: HOME, env: shellEnv(options.dockerSocket) }),
    ...fileRoutes(HOME),
    ...usageRoutes(options),
    ...ownImageRoutes(imageSide),
  ];
}

function directoryOf(registry: Registry) {
  return {
    find: (reference: string) => registry.get(reference).record,
    save: async ({ id }: { readonly id: string }) => registry.save(registry.get(id)),
    filesFolder: ({ id }: { readonly id: string }) => registry.folderOf(id),
  };
}

const USUAL_SOCKET = '/var/run/docker.sock';

function shellEnv(socket: string): Record<string, string> {
  return socket === USUAL_SOCKET ? {} : { DOCKER_HOST: `unix://${socket}` };
}

async function listen(server: Server, place: EngineOptions['control']): Promise<Server> {
  if ('path' in place) {
    await mkdir(dirname(place.path), { recursive: true });
    await rm(place.path, { force: true });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, resolve);
  });
  if ('path' in place) await restrict(place.path);
  return server;
}

/** As Docker's socket: for root and the group `docker`, where there is one. */
async function restrict(path: string): Promise<void> {
  await chmod(path, 0o660);
  const group = /^docker:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8').catch(() => ''));
  if (group) await chown(path, 0, Number(group[1]));
}
