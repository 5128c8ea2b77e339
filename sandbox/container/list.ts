import { EngineError } from '../oci/errors.ts';
import { timeOf } from './clock.ts';
import type { Container } from './container.ts';
import type { Context } from './context.ts';
import { mountOf, sizesOf, statusText } from './describe.ts';

export interface ListOptions {
  /** Also those that do not run. */
  readonly all: boolean;
  /** The latest ones, whatever their state; undefined for no limit. */
  readonly limit?: number | undefined;
  readonly size: boolean;
  readonly filters: ReadonlyMap<string, readonly string[]>;
}

export const LIST_FILTERS = [
  'ancestor', 'before', 'expose', 'exited', 'health', 'id', 'isolation', 'label', 'name', 'network', 'publish',
  'since', 'status', 'volume', 'is-task',
]; // prettier-ignore

/** `docker ps`. */
export async function listContainers(context: Context, options: ListOptions): Promise<object[]> {
  const matchers = await Promise.all(
    [...options.filters]
      .filter(([, values]) => values.length > 0)
      .map(([name, values]) => matcherFor(context, name, values)),
  );
  const everyState =
    options.all ||
    options.limit !== undefined ||
    options.filters.has('status') ||
    options.filters.has('exited');
  const found = context.registry
    .list()
    .filter((container) => everyState || isActive(container))
    .filter((container) => matchers.every((matches) => matches(container)))
    .slice(0, options.limit);
  const linked = context.registry.linkNames();
  return Promise.all(
    found.map(async (container) => {
      const names = [`/${container.record.name}`, ...(linked.get(container.id) ?? [])].sort();
      return summarize(context, container, { names, size: options.size });
    }),
  );
}

function isActive({ record }: Container): boolean {
  return ['running', 'paused', 'restarting'].includes(record.state.status);
}

async function summarize(
  context: Context,
  container: Container,
  { names, size }: { readonly names: readonly string[]; readonly size: boolean },
): Promise<object> {
  const { record } = container;
  return {
    Id: record.id,
    Names: names,
    Image: await imageName(context, container),
    ImageID: record.image,
    Command: [record.path, ...record.args.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' '),
    Created: Number(timeOf(record.created) / 1_000_000_000n),
    Ports: portsOf(context, container),
    ...(size ? shownSizes(await sizesOf(context, container)) : {}),
    Labels: record.config.Labels,
    State: record.state.status,
    Status: statusText(record.state),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode },
    NetworkSettings: { Networks: shownNetworks(record.networks) },
    Mounts: record.mounts.map(mountOf),
  };
}

/** Nothing written is not shown. */
function shownSizes({ SizeRw, SizeRootFs }: { SizeRw: number; SizeRootFs: number }): object {
  return SizeRw === 0 ? { SizeRootFs } : { SizeRw, SizeRootFs };
}

/** A list tells addresses; other names and options of the driver are for `inspect`. */
function shownNetworks(networks: Container['record']['networks']): object {
  const shown = Object.entries(networks).map(([name, endpoint]) => [
    name,
    { ...endpoint, Aliases: null, Links: null, DriverOpts: null },
  ]);
  return Object.fromEntries(shown) as object;
}

/** What the user typed, as long as it still means this image. */
async function imageName(context: Context, { record }: Container): Promise<string> {
  const image = await context.images.resolve(record.config.Image).catch(() => undefined);
  return image?.id === record.image ? record.config.Image : record.image;
}

function portsOf(context: Context, { record }: Container): object[] {
  return Object.entries(context.networking.ports(record)).flatMap(([port, bindings]): object[] => {
    const [number, type] = port.split('/');
    const PrivatePort = Number(number);
    if (!bindings || bindings.length === 0) return [{ PrivatePort, Type: type }];
    return bindings.map(({ HostIp, HostPort }) => ({
      IP: HostIp,
      PrivatePort,
      PublicPort: Number(HostPort),
      Type: type,
    }));
  });
}

type Matches = (container: Container) => boolean;

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'];

async function matcherFor(context: Context, name: string, values: readonly string[]): Promise<Matches> {
  const some = (matches: (container: Container, value: string) => boolean): Matches => {
    return (container) => values.some((value) => matches(container, value));
  };
  switch (name) {
    case 'id':
      return some(({ id }, value) => id.startsWith(value));
    case 'name':
      return some(
        ({ record }, value) =>
          matchesText(record.name, value.replace(/^\//, '')) || matchesText(`/${record.name}`, value),
      );
    case 'label':
      return (container) => values.every((value) => matchesLabel(container, value));
    case 'status':
      for (const value of values) {
        if (!STATUSES.includes(value)) throw new EngineError('invalid', `Invalid filter 'status=${value}'`);
      }
      return some(({ record }, value) => record.state.status === value);
    case 'exited':
      for (const value of values) {
        if (!/^-?\d+$/.test(value))
          throw new EngineError('invalid', `strconv.Atoi: parsing "${value}": invalid syntax`);
      }
      return some(
        ({ record }, value) => record.state.status === 'exited' && record.state.exitCode === Number(value),
      );
    case 'health':
      for (const value of values) {
        if (!HEALTHS.includes(value))
          throw new EngineError('invalid', `Unrecognised filter value for health: ${value}`);
      }
      return some(({ record }, value) => (record.state.health?.status ?? 'none') === value);
    case 'ancestor':
      return matchesAncestor(context, values);
    case 'before':
    case 'since': {
      const created = values.map((value) => {
        const found = context.registry.find(value);
        if (found === undefined) throw new EngineError('invalid', `no such container ${value}`);
        return found.record.created;
      });
      return ({ record }) =>
        created.every((time) => (name === 'before' ? record.created < time : record.created > time));
    }
    case 'network':
      return some(({ record }, value) =>
        Object.entries(record.networks).some(
          ([key, { NetworkID }]) => key === value || (value !== '' && NetworkID.startsWith(value)),
        ),
      );
    case 'volume':
      return some(({ record }, value) =>
        record.mounts.some(
          (mount) =>
            mount.Name === value ||
            mount.Destination === value ||
            (value.startsWith('/') && mount.Source === value),
        ),
      );
    case 'is-task':
      if (!values.some((value) => ['true', '1', 'false', '0'].includes(value)))
        throw new EngineError('invalid', `Invalid filter 'is-task=[${values.join(' ')}]'`);
      return () => !values.some((value) => ['true', '1'].includes(value));
    case 'publish':
      checkPorts(name, values);
      return some((container, value) => hasPort(context, container, value, 'published'));
    case 'expose':
      checkPorts(name, values);
      return some((container, value) => hasPort(context, container, value, 'exposed'));
    default:
      return () => true;
  }
}

/** A port or a range of ports, with a protocol or without. */
function checkPorts(filter: string, values: readonly string[]): void {
  for (const value of values) {
    const bad = (value.split('/')[0] ?? '').split('-').find((port) => !/^\d+$/.test(port));
    if (bad === undefined) continue;
    const reason = `strconv.ParseUint: parsing ${JSON.stringify(bad)}: invalid syntax`;
    throw new EngineError('invalid', `error while looking up for ${filter} ${value}: ${reason}`);
  }
}

function matchesText(text: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return text.includes(pattern);
  }
}

function matchesLabel({ record }: Container, wish: string): boolean {
  const at = wish.indexOf('=');
  const value = record.config.Labels[at === -1 ? wish : wish.slice(0, at)];
  return value !== undefined && (at === -1 || value === wish.slice(at + 1));
}

/** The image itself, or one that was made from it. */
async function matchesAncestor(context: Context, values: readonly string[]): Promise<Matches> {
  const images = await Promise.all(
    values.map((value) => context.images.resolve(value).catch(() => undefined)),
  );
  const ancestors = images.filter((image) => image !== undefined);
  const cache = new Map<string, boolean>();
  const ids = new Set(context.registry.list().map(({ record }) => record.image));
  for (const id of ids) {
    const image = await context.images.resolve(id).catch(() => undefined);
    const layers = image?.config.rootfs.diff_ids ?? [];
    cache.set(
      id,
      ancestors.some(
        (other) => other.id === id || (image !== undefined && isPrefix(other.config.rootfs.diff_ids, layers)),
      ),
    );
  }
  return ({ record }) => cache.get(record.image) === true;
}

function isPrefix(shorter: readonly string[], longer: readonly string[]): boolean {
  return (
    shorter.length > 0 &&
    shorter.length < longer.length &&
    shorter.every((layer, place) => layer === longer[place])
  );
}

/** `80`, `80/udp`, `8000-8100/tcp`. */
function hasPort(
  context: Context,
  { record }: Container,
  wish: string,
  kind: 'published' | 'exposed',
): boolean {
  const [range = '', protocol = 'tcp'] = wish.split('/');
  const [from = 0, to = from] = range.split('-').map(Number);
  const inside = (port: number) => port >= from && port <= to;
  return Object.entries(context.networking.ports(record)).some(([key, bindings]) => {
    const [number, type] = key.split('/');
    if (type !== protocol) return false;
    if (kind === 'exposed') return inside(Number(number));
    return (bindings ?? []).some(({ HostPort }) => inside(Number(HostPort)));
  });
}
