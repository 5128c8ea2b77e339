import { randomBytes } from 'node:crypto';
import type { Image } from '../image/images.ts';
import { OWN_PLATFORM, platformMatches, showPlatform } from '../image/platform.ts';
import { EngineError } from '../oci/errors.ts';
import { formatTime, now } from './clock.ts';
import type { Container } from './container.ts';
import { emitContainer, machineOf, type Context } from './context.ts';
import { checkWishes } from './create-checks.ts';
import type { CreateRequest } from './create-request.ts';
import { completeHostConfig, mergeConfig } from './create-request.ts';
import type { ContainerRecord, HostConfig, MountPoint } from './model.ts';
import { NEVER } from './model.ts';
import { planMounts } from './mount-points.ts';
import { joinedById } from './namespaces.ts';
import { lstatOrNothing, resolveInRoot } from './rootfs.ts';
import { checkResources } from './resources.ts';

export interface Created {
  readonly container: Container;
  readonly warnings: readonly string[];
}

export interface CreateOptions {
  /** See `Container`. */
  readonly transient?: boolean;
  readonly network?: Container['network'];
  readonly group?: Container['group'];
  /** Instead of the one that the request names. */
  readonly image?: Image;
}

/** `docker create`: everything but a process. On failure nothing is left behind but volumes. */
export async function createContainer(
  context: Context,
  name: string,
  request: CreateRequest,
  { transient = false, network, group, image: given }: CreateOptions = {},
): Promise<Created> {
  const { Image = '', Cmd, Entrypoint } = request.config;
  if (Image === '' && given === undefined && (Cmd ?? Entrypoint ?? []).length === 0) {
    throw new EngineError('invalid', 'No command specified');
  }
  const image = given ?? (await context.images.resolve(Image));
  const platformWarnings = checkPlatform(request, image);
  const id = randomBytes(32).toString('hex');
  const config = mergeConfig(id, request.config, image.config.config ?? {});
  const wishes = completeHostConfig(request.hostConfig);
  checkWishes(config, wishes);
  const { warnings, without } = checkResources(wishes, machineOf(context));
  const asked = { ...wishes, ...without };
  checkJoined(context, asked);
  const hostConfig = { ...asked, ...joinedById(context.registry, asked) };
  const undo: (() => Promise<void> | void)[] = [];
  try {
    const ownName = context.registry.reserve(name, id);
    undo.push(() => context.registry.release(ownName));
    const others = inherited(context, hostConfig);
    const mounts = await planMounts(
      { config, hostConfig, inherited: others, engineFolder: context.state },
      context.volumes,
    );
    const unnamed = mounts.filter(
      ({ Name, anonymous }) => anonymous === true && !others.some((each) => each.Name === Name),
    );
    for (const { Name = '' } of unnamed) undo.push(() => context.volumes.remove(Name, true));
    const record = newRecord({ id, name: ownName, config, hostConfig, image: image.id, mounts });
    await context.networking.check(record, request.endpoints);
    undo.push(() => context.networking.forget(record));
    await context.snapshots.prepare(id, image.config.rootfs.diff_ids);
    undo.push(() => context.snapshots.remove(id));
    await refuseFiles(context, id, unnamed);
    const container = await context.registry.add(record, transient);
    Object.assign(container, { network, group });
    for (const mount of mounts) if (mount.Name !== undefined) context.volumes.use(mount.Name, id);
    emitContainer(context, container, 'create');
    return { container, warnings: [...platformWarnings, ...warnings, ...warningsFor(context, hostConfig)] };
  } catch (error) {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch(() => undefined);
    throw error;
  }
}

/** A volume of the configuration covers a folder of the image, or what is not there yet. */
async function refuseFiles(context: Context, id: string, volumes: readonly MountPoint[]): Promise<void> {
  if (volumes.length === 0) return;
  const root = await context.snapshots.mount(id);
  try {
    for (const { Destination } of volumes) {
      const path = resolveInRoot(root, Destination);
      if (lstatOrNothing(path)?.isDirectory() ?? true) continue;
      throw new EngineError('internal', `cannot mount volume over existing file, file exists ${path}`);
    }
  } finally {
    await context.snapshots.unmount(id);
  }
}

function newRecord(
  parts: Pick<ContainerRecord, 'id' | 'name' | 'config' | 'hostConfig' | 'image' | 'mounts'>,
): ContainerRecord {
  const { Entrypoint, Cmd } = parts.config;
  const [path = '', ...args] = [...(Entrypoint ?? []), ...(Cmd ?? [])];
  return {
    ...parts,
    created: formatTime(now()),
    path,
    args,
    networks: {},
    state: {
      status: 'created',
      pid: 0,
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: NEVER,
      finishedAt: NEVER,
    },
    restartCount: 0,
    stoppedByUser: false,
  };
}

/** An image for another machine is refused when the user named the machine, and told of when they did not. */
function checkPlatform({ platform, config }: CreateRequest, image: Image): string[] {
  const { os, architecture, variant } = image.config;
  const actual = { os, architecture, ...(variant !== undefined && { variant }) };
  if (platformMatches(actual, platform ?? OWN_PLATFORM)) return [];
  const [found, own] = [showPlatform(actual), showPlatform(OWN_PLATFORM)];
  if (platform === undefined) {
    return [
      `The requested image's platform (${found}) does not match the detected host platform (${own}) and no specific platform was requested`,
    ];
  }
  const wanted = showPlatform(platform);
  throw new EngineError(
    'not-found',
    `image with reference ${config.Image} was found but does not match the specified platform: wanted ${wanted}, actual: ${found}`,
  );
}

/** Whose processes and memory a container shares must be there; the CLI would take `not-found` for a missing image. */
function checkJoined(context: Context, { PidMode, IpcMode }: HostConfig): void {
  for (const mode of [PidMode, IpcMode].filter((each) => each.startsWith('container:'))) {
    const reference = mode.slice('container:'.length);
    if (context.registry.find(reference) === undefined)
      throw new EngineError('invalid', `No such container: ${reference}`);
  }
}

/** `--volumes-from NAME[:ro]`. */
function inherited(context: Context, { VolumesFrom }: HostConfig): MountPoint[] {
  return (VolumesFrom ?? []).flatMap((text) => {
    const [reference = '', mode = ''] = text.split(':');
    if (!['', 'ro', 'rw', 'z', 'Z'].includes(mode)) throw new EngineError('invalid', `invalid mode: ${mode}`);
    const found = context.registry.find(reference);
    // Not `not-found`: the CLI would take that for a missing image, and pull it.
    if (found === undefined) throw new EngineError('invalid', `No such container: ${reference}`);
    return found.record.mounts
      .filter((mount) => mount.Type !== 'tmpfs')
      .map((mount) => ({
        ...mount,
        Mode: mode,
        RW: mount.RW && mode !== 'ro',
      }));
  });
}

function warningsFor(context: Context, hostConfig: HostConfig): string[] {
  const { Memory, PidsLimit, NanoCpus, NetworkMode, PortBindings } = hostConfig;
  const limited = Memory !== 0 || (PidsLimit ?? 0) > 0 || NanoCpus !== 0;
  return [
    ...(limited && !context.cgroups
      ? ['This machine has no control groups to set limits with. Limits discarded.']
      : []),
    ...(NetworkMode === 'host' && Object.keys(PortBindings ?? {}).length > 0
      ? ['Published ports are discarded when using host network mode']
      : []),
  ];
}
