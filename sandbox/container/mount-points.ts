import { mkdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { EngineError } from '../oci/errors.ts';
import type { Config, HostConfig, MountPoint, MountRequest } from './model.ts';
import type { Volumes } from './volumes.ts';

export interface MountWishes {
  readonly hostConfig: HostConfig;
  readonly config: Config;
  /** Mounts of the containers that `--volumes-from` names, with the mode asked for. */
  readonly inherited: readonly MountPoint[];
  /** The engine's own folder. */
  readonly engineFolder: string;
}

/** All mount points of a new container; makes the volumes that are missing. A later kind wins over an earlier one. */
export async function planMounts(wishes: MountWishes, volumes: Volumes): Promise<MountPoint[]> {
  const { hostConfig, config, engineFolder } = wishes;
  const points = new Map<string, MountPoint>();
  for (const point of wishes.inherited) points.set(point.Destination, point);
  const requested = new Set<string>();
  const requireFree = (destination: string) => {
    if (requested.has(destination) || hostConfig.Tmpfs?.[destination] !== undefined) {
      throw new EngineError('invalid', `Duplicate mount point: ${destination}`);
    }
  };
  const add = (point: MountPoint) => {
    requireFree(point.Destination);
    requested.add(point.Destination);
    points.set(point.Destination, point);
  };
  const binds = (hostConfig.Binds ?? []).map(parseBind);
  for (const bind of binds) {
    // Before its volume is made.
    requireFree(bind.target);
    add(await bindPoint(bind, volumes, { driver: hostConfig.VolumeDriver, engineFolder }));
  }
  for (const mount of hostConfig.Mounts ?? []) add(await mountPoint(mount, volumes, engineFolder));
  for (const path of Object.keys(config.Volumes ?? {})) {
    const destination = cleanPath(path);
    if (points.has(destination) || hostConfig.Tmpfs?.[destination] !== undefined) continue;
    points.set(destination, await anonymousVolume(destination, volumes, hostConfig.VolumeDriver));
  }
  return [...points.values()];
}

/** `SOURCE:TARGET[:MODE]` or `TARGET`. */
interface Bind {
  readonly text: string;
  readonly source: string;
  readonly target: string;
  readonly mode: string;
}

const PROPAGATION = /^r?(private|shared|slave)$/;

const MODES = new Set([
  'rw', 'ro', 'z', 'Z', 'nocopy', 'rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave', 'consistent',
  'cached', 'delegated',
]); // prettier-ignore

/** Throws dockerd's words for what is no bind. */
export function parseBind(text: string): Bind {
  const invalid = (reason: string) => new EngineError('invalid', reason);
  const parts = text.split(':');
  if (text === '' || parts.length > 3 || parts[0] === '')
    throw invalid(`invalid volume specification: '${text}'`);
  const [source = '', target, mode = ''] = parts.length === 1 ? ['', parts[0] ?? ''] : parts;
  // `/folder:ro`: of two parts the second is no mode.
  if (target === undefined || (parts.length === 2 && isMode(target)))
    throw invalid(`invalid volume specification: '${text}'`);
  if (!isMode(mode)) throw invalid(`invalid mode: ${mode}`);
  const type = source.startsWith('/') ? 'bind' : 'volume';
  const wrap = (reason: string) =>
    invalid(`invalid volume specification: '${text}': invalid mount config for type "${type}": ${reason}`);
  if (!target.startsWith('/')) throw wrap(`invalid mount path: '${target}' mount path must be absolute`);
  if (posix.normalize(target) === '/') throw wrap("invalid specification: destination can't be '/'");
  if (type === 'volume' && mode.split(',').some((word) => PROPAGATION.test(word))) {
    throw wrap('field BindOptions must not be specified');
  }
  return { text, source, target: cleanPath(target), mode };
}

/** Known words, and none of them beside another of its kind. */
function isMode(mode: string): boolean {
  const words = mode.split(',').filter((word) => word !== '');
  const twice = KINDS_OF_MODE.some((kind) => words.filter((word) => kind.test(word)).length > 1);
  return words.every((word) => MODES.has(word)) && !twice && !mode.startsWith(',');
}

const KINDS_OF_MODE = [/^r[wo]$/, /^[zZ]$/, PROPAGATION, /^nocopy$/, /^(consistent|cached|delegated)$/];

async function bindPoint(
  { source, target, mode }: Bind,
  volumes: Volumes,
  { driver, engineFolder }: { readonly driver: string; readonly engineFolder: string },
): Promise<MountPoint> {
  const words = mode.split(',');
  const common = {
    Destination: target,
    Mode: mode,
    RW: !words.includes('ro'),
  };
  if (source === '') return { ...(await anonymousVolume(target, volumes, driver)), ...common };
  if (source.startsWith('/')) {
    const asked = words.find((word) => PROPAGATION.test(word));
    const propagation = propagationOf(source, asked, engineFolder);
    // `-v` makes a missing folder, `--mount` refuses it.
    await mkdir(source, { recursive: true, mode: 0o755 }).catch((reason: unknown) => {
      const error = reason as NodeJS.ErrnoException;
      if (error.code !== 'EEXIST')
        throw new EngineError(
          'internal',
          `error while creating mount source path '${source}': mkdir ${source}: ${error.message}`,
        );
    });
    return { Type: 'bind', Source: cleanPath(source), ...common, Propagation: propagation };
  }
  const { volume } = await volumes.create({ name: source, driver });
  return {
    Type: 'volume',
    Name: volume.Name,
    Source: volume.Mountpoint,
    Driver: 'local',
    ...common,
    Mode: mode === '' ? 'z' : mode,
    Propagation: '',
    copyUp: !words.includes('nocopy'),
  };
}

async function anonymousVolume(destination: string, volumes: Volumes, driver: string): Promise<MountPoint> {
  const { volume } = await volumes.create({ driver });
  return {
    Type: 'volume',
    Name: volume.Name,
    Source: volume.Mountpoint,
    Destination: destination,
    Driver: 'local',
    Mode: '',
    RW: true,
    Propagation: '',
    copyUp: true,
    anonymous: true,
  };
}

async function mountPoint(
  request: MountRequest,
  volumes: Volumes,
  engineFolder: string,
): Promise<MountPoint> {
  const mount = withoutGaps(request);
  const invalid = (reason: string) =>
    new EngineError('invalid', `invalid mount config for type "${mount.Type}": ${reason}`);
  if (mount.Target === '') throw invalid('field Target must not be empty');
  if (!mount.Target.startsWith('/'))
    throw invalid(`invalid mount path: '${mount.Target}' mount path must be absolute`);
  if (posix.normalize(mount.Target) === '/') throw invalid("invalid specification: destination can't be '/'");
  const extra = OPTIONS_OF_OTHERS[mount.Type]?.find((name) => name in mount);
  if (extra !== undefined) throw invalid(`field ${extra} must not be specified`);
  const target = cleanPath(mount.Target);
  const RW = mount.ReadOnly !== true;
  switch (mount.Type) {
    case 'bind':
      return { ...(await bindMount(mount, invalid, engineFolder)), Destination: target, RW };
    case 'volume':
      if (!mount.Source && !RW) throw invalid('must not set ReadOnly mode when using anonymous volumes');
      return { ...(await volumeMount(mount, volumes)), Destination: target, RW };
    case 'tmpfs':
      if (mount.Source) throw invalid('field Source must not be specified');
      return {
        Type: 'tmpfs',
        Source: '',
        Destination: target,
        Mode: '',
        RW,
        Propagation: '',
        options: [
          ...(mount.TmpfsOptions?.SizeBytes ? [`size=${mount.TmpfsOptions.SizeBytes}`] : []),
          ...(mount.TmpfsOptions?.Mode ? [`mode=${mount.TmpfsOptions.Mode.toString(8)}`] : ['mode=1777']),
        ],
      };
    default:
      throw new EngineError('invalid', `invalid mount config for type "${mount.Type}": mount type unknown`);
  }
}

/** Which options another kind of mount has; dockerd overlooks them in a tmpfs, but for those of a bind. */
const OPTIONS_OF_OTHERS: Readonly<Record<string, readonly string[]>> = {
  bind: ['VolumeOptions'],
  volume: ['BindOptions'],
  tmpfs: ['BindOptions'],
};

/** A client may leave out what is empty. */
function withoutGaps(mount: Partial<MountRequest>): MountRequest {
  return { ...mount, Type: mount.Type ?? '', Target: mount.Target ?? '' };
}

type PlacedElsewhere = Omit<MountPoint, 'Destination' | 'RW'>;

async function bindMount(
  mount: MountRequest,
  invalid: (reason: string) => EngineError,
  engineFolder: string,
): Promise<PlacedElsewhere> {
  const source = mount.Source ?? '';
  if (source === '') throw invalid('field Source must not be empty');
  const propagation = mount.BindOptions?.Propagation;
  if (propagation && !PROPAGATION.test(propagation))
    throw invalid(`invalid propagation mode: ${propagation}`);
  if (!source.startsWith('/')) throw invalid(`invalid mount path: '${source}' mount path must be absolute`);
  if (!(await stat(source).catch(() => undefined)))
    throw invalid(`bind source path does not exist: ${source}`);
  return {
    Type: 'bind',
    Source: cleanPath(source),
    Mode: '',
    Propagation: propagationOf(source, propagation, engineFolder),
  };
}

/** What the engine unmounts in its own folder must not stay mounted in a container that shows the folder. */
function propagationOf(source: string, asked: string | undefined, engineFolder: string): string {
  if (!source.startsWith(engineFolder) && !engineFolder.startsWith(source)) return asked ?? 'rprivate';
  if (asked === undefined || asked === '') return 'rslave';
  if (asked === 'rslave' || asked === 'rshared') return asked;
  const what = `daemon root: "${engineFolder}", bind mount source: "${source}", propagation: "${asked}"`;
  throw new EngineError(
    'invalid',
    `invalid mount config: must use either propagation mode "rslave" or "rshared" when mount source is within the daemon root, ${what}`,
  );
}

async function volumeMount(mount: MountRequest, volumes: Volumes): Promise<PlacedElsewhere> {
  const name = mount.Source ?? '';
  const { volume } = await volumes.create({
    name,
    driver: mount.VolumeOptions?.DriverConfig?.Name,
    labels: mount.VolumeOptions?.Labels,
    options: mount.VolumeOptions?.DriverConfig?.Options,
  });
  return {
    Type: 'volume',
    Name: volume.Name,
    Source: volume.Mountpoint,
    Driver: 'local',
    Mode: 'z',
    Propagation: '',
    copyUp: mount.VolumeOptions?.NoCopy !== true,
    ...(name === '' ? { anonymous: true } : {}),
  };
}

function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
