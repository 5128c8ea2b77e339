import type { ContainerConfig } from '../oci/config.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageContext } from './context.ts';
import { layerSizes } from './layers.ts';
import { familiarNames, sum } from './list.ts';
import { NEVER, dockerTime } from './time.ts';

/** `ImageInspect` of Docker's API, in its order. */
export async function inspect(context: ImageContext, id: Digest): Promise<object> {
  const { store } = context;
  const config = await store.config(id);
  const { tags, digests } = familiarNames(context, id);
  const record = store.record(id);
  const diffIds = config.rootfs.diff_ids;
  const size = sum(await layerSizes(context, diffIds));
  return {
    Id: id,
    RepoTags: tags,
    RepoDigests: digests,
    Parent: record.parent ?? '',
    Comment: config.comment ?? config.history?.at(-1)?.comment ?? '',
    Created: dockerTime(config.created),
    Container: config.container ?? '',
    ContainerConfig: goConfig(config.container_config ?? {}),
    DockerVersion: config.docker_version ?? '',
    Author: config.author ?? '',
    Config: config.config ? goConfig(config.config) : null,
    Architecture: config.architecture,
    ...(config.variant !== undefined && config.variant !== '' && { Variant: config.variant }),
    Os: config.os,
    Size: size,
    VirtualSize: size,
    GraphDriver: { Data: graphData(context, diffIds), Name: 'overlay2' },
    RootFS: { Type: 'layers', ...(diffIds.length > 0 && { Layers: diffIds }) },
    Metadata: { LastTagTime: record.tagged ?? NEVER },
  };
}

/** Every key that Go prints of a `container.Config`, in its order; those marked `omitempty` only when they say something. */
export function goConfig(config: ContainerConfig): object {
  return {
    Hostname: config.Hostname ?? '',
    Domainname: config.Domainname ?? '',
    User: config.User ?? '',
    AttachStdin: config.AttachStdin ?? false,
    AttachStdout: config.AttachStdout ?? false,
    AttachStderr: config.AttachStderr ?? false,
    ...ifFull('ExposedPorts', config.ExposedPorts),
    Tty: config.Tty ?? false,
    OpenStdin: config.OpenStdin ?? false,
    StdinOnce: config.StdinOnce ?? false,
    Env: config.Env ?? null,
    Cmd: config.Cmd ?? null,
    ...(config.Healthcheck && { Healthcheck: config.Healthcheck }),
    ...(config.ArgsEscaped === true && { ArgsEscaped: true }),
    Image: config.Image ?? '',
    Volumes: config.Volumes ? byKey(config.Volumes) : null,
    WorkingDir: config.WorkingDir ?? '',
    Entrypoint: config.Entrypoint ?? null,
    ...(config.NetworkDisabled === true && { NetworkDisabled: true }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels ? byKey(config.Labels) : null,
    ...(config.StopSignal !== undefined && config.StopSignal !== '' && { StopSignal: config.StopSignal }),
    ...(config.StopTimeout !== undefined && { StopTimeout: config.StopTimeout }),
    ...(config.Shell && config.Shell.length > 0 && { Shell: config.Shell }),
  };
}

function ifFull(key: string, value: Readonly<Record<string, object>> | null | undefined): object {
  return value && Object.keys(value).length > 0 ? { [key]: byKey(value) } : {};
}

/** Go prints maps in the order of their keys. */
function byKey<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function graphData({ layers }: ImageContext, diffIds: readonly Digest[]): object | null {
  const folders = diffIds.map((diffId) => layers.find(diffId) ?? '').reverse();
  const [top, ...below] = folders;
  if (top === undefined) return null;
  return {
    ...(below.length > 0 && { LowerDir: below.join(':') }),
    MergedDir: top,
    UpperDir: top,
    WorkDir: top,
  };
}
