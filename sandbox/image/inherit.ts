import type { ContainerConfig } from '../oci/config.ts';

type Mutable = { -readonly [K in keyof ContainerConfig]: ContainerConfig[K] };

/** What `config` leaves open, taken from `base`: Docker's rule for a container of an image and for a commit. */
export function inherit(config: ContainerConfig, base: ContainerConfig): ContainerConfig {
  const merged: Mutable = { ...config };
  if (!config.User) merged.User = base.User ?? '';
  if (!config.WorkingDir) merged.WorkingDir = base.WorkingDir ?? '';
  if (!config.StopSignal && base.StopSignal) merged.StopSignal = base.StopSignal;
  if (config.ExposedPorts ?? base.ExposedPorts) {
    merged.ExposedPorts = { ...base.ExposedPorts, ...config.ExposedPorts };
  }
  if (config.Volumes ?? base.Volumes) merged.Volumes = { ...base.Volumes, ...config.Volumes };
  if (config.Labels ?? base.Labels) merged.Labels = { ...base.Labels, ...config.Labels };
  merged.Env = inheritEnv(config.Env ?? [], base.Env ?? []);
  inheritCommand(merged, base);
  if (!config.Healthcheck && base.Healthcheck) merged.Healthcheck = base.Healthcheck;
  return merged;
}

function inheritEnv(own: readonly string[], base: readonly string[]): readonly string[] {
  const names = new Set(own.map(nameOf));
  return [...own, ...base.filter((each) => !names.has(nameOf(each)))];
}

/** A command of its own goes with an entrypoint of its own; else each is taken where it is missing. */
function inheritCommand(merged: Mutable, base: ContainerConfig): void {
  if (merged.Entrypoint && merged.Entrypoint.length > 0) return;
  if (!merged.Cmd || merged.Cmd.length === 0) merged.Cmd = base.Cmd ?? null;
  merged.Entrypoint ??= base.Entrypoint ?? null;
}

function nameOf(variable: string): string {
  return variable.split('=', 1)[0] ?? '';
}
