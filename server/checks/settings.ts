import { bytesOf } from '../../lessons/check-values.ts';
import type { ContainerDetail } from '../engine/schemas.ts';
import { isNamed, missingContainer } from './containers.ts';
import type { EngineView } from './engine-view.ts';
import { fail, pairs, pass, variables } from './images.ts';
import type { CheckResult, Judge } from './judge.ts';
import { printedSize } from './layers.ts';
import { quoted, shortId } from './names.ts';
import { wrongText } from './text.ts';

type Wanted = Parameters<typeof containerConfig>[0];

export const containerConfig: Judge<'container-config'> = (check, engine) =>
  withContainer(check.name, engine, async (container) => {
    const wrong = firstDifference(check, container);
    return wrong === undefined
      ? pass(`\`${check.name}\` is set up as asked.`)
      : fail(`\`${check.name}\` is there, but ${wrong}. \`docker inspect ${check.name}\` shows all of it.`);
  });

export const containerLogs: Judge<'container-logs'> = (check, engine) =>
  withContainer(check.name, engine, async (container) => {
    const logs = await engine.logs(container);
    if (logs.trim() === '')
      return fail(
        `\`${check.name}\` has not printed anything yet. \`docker logs ${check.name}\` shows what it prints.`,
      );
    const wrong = wrongText(check, logs);
    return wrong === undefined
      ? pass(`\`docker logs ${check.name}\` shows it.`)
      : fail(`\`docker logs ${check.name}\` shows something, but ${wrong}`);
  });

export async function withContainer(
  name: string,
  engine: EngineView,
  look: (container: ContainerDetail) => Promise<CheckResult>,
): Promise<CheckResult> {
  const container = await engine.findContainer(name);
  if (!container || !isNamed(container.Name, name)) return fail(await missingContainer({ name }, engine));
  return look(container);
}

function firstDifference(wanted: Wanted, container: ContainerDetail): string | undefined {
  const { Config, HostConfig, State } = container;
  return (
    pairs('variable', wanted.env, variables(Config.Env)) ??
    pairs('label', wanted.labels, Config.Labels) ??
    differs('user', wanted.user, Config.User ?? '') ??
    differs('working folder', wanted.workdir, Config.WorkingDir ?? '') ??
    wrongMemory(wanted, HostConfig?.Memory ?? 0) ??
    differs('restart policy', wanted.restart, policyOf(HostConfig?.RestartPolicy?.Name)) ??
    wrongRoot(wanted, HostConfig?.ReadonlyRootfs === true) ??
    wrongNetwork(wanted, container) ??
    wrongMount(wanted, container) ??
    wrongPort(wanted, container) ??
    wrongHealth(wanted, State.Health?.Status)
  );
}

/** None is written as nothing, too. */
function policyOf(name: string | null | undefined): string {
  return name === undefined || name === null || name === '' ? 'no' : name;
}

function differs(what: string, wanted: string | undefined, found: string): string | undefined {
  if (wanted === undefined || wanted === found) return undefined;
  return found === '' ? `it has no ${what}` : `its ${what} is ${quoted(found)}, not ${quoted(wanted)}`;
}

function wrongMemory({ memory, name }: Wanted, found: number): string | undefined {
  if (memory === undefined || bytesOf(memory, 1024) === found) return undefined;
  const has = found === 0 ? 'it has no limit of memory' : `its limit of memory is ${printedSize(found)}`;
  return `${has}, and should have ${memory}: \`docker update -m … ${name}\` changes it while it runs`;
}

function wrongRoot({ readOnly }: Wanted, found: boolean): string | undefined {
  if (readOnly === undefined || readOnly === found) return undefined;
  return readOnly
    ? 'it may write to its file system: `--read-only` forbids it'
    : 'it may not write to its file system';
}

function wrongNetwork({ network, name }: Wanted, { NetworkSettings }: ContainerDetail): string | undefined {
  const names = Object.keys(NetworkSettings?.Networks ?? {});
  if (network === undefined || names.includes(network)) return undefined;
  const found = names.length === 0 ? 'no network' : `the network ${names.map(quoted).join(' and ')}`;
  return `it is in ${found}, not in \`${network}\`: \`docker network connect ${network} ${name}\` adds it`;
}

function wrongMount({ mounts = {} }: Wanted, { Mounts = [] }: ContainerDetail): string | undefined {
  for (const [path, wanted] of Object.entries(mounts)) {
    const found = Mounts.find(({ Destination }) => Destination === path);
    if (!found) {
      const other = Mounts.find(
        ({ Name, Source }) => wanted !== true && (Name === wanted || Source === wanted),
      );
      return other
        ? `${quoted(String(wanted))} lies at ${quoted(other.Destination)}, not at \`${path}\``
        : `nothing is mounted at \`${path}\`: \`-v NAME:${path}\` when it is started`;
    }
    const from = found.Name ?? found.Source ?? '';
    if (wanted !== true && from !== wanted && found.Source !== wanted)
      return `${quoted(found.Type === 'volume' ? shortName(from) : from)} lies at \`${path}\`, not ${quoted(wanted)}`;
  }
  return undefined;
}

/** A volume without a name of its own is 64 digits. */
function shortName(name: string): string {
  return /^[0-9a-f]{64}$/.test(name) ? shortId(name) : name;
}

function wrongPort({ ports = {} }: Wanted, { HostConfig }: ContainerDetail): string | undefined {
  const bindings = HostConfig?.PortBindings ?? {};
  for (const [inside, outside] of Object.entries(ports)) {
    const key = inside.includes('/') ? inside : `${inside}/tcp`;
    const found = (bindings[key] ?? []).map(({ HostPort }) => HostPort ?? '');
    if (found.includes(String(outside))) continue;
    const flag = `\`-p ${outside}:${key.replace('/tcp', '')}\``;
    const other = Object.keys(bindings).find((port) =>
      (bindings[port] ?? []).some(({ HostPort }) => HostPort === String(outside)),
    );
    if (found.length > 0)
      return `its port ${key} is published as ${found.map(quoted).join(' and ')}: ${flag} is asked for`;
    if (other !== undefined)
      return `the machine's port ${outside} leads to its port ${quoted(other)}, not to ${key}: the machine's port comes first, as in ${flag}`;
    return `its port ${key} is not published: ${flag} does it when it is started`;
  }
  return undefined;
}

function wrongHealth({ health }: Wanted, found: string | undefined): string | undefined {
  if (health === undefined || health === found) return undefined;
  return found === undefined || found === 'none'
    ? 'it has no health check'
    : `it is ${quoted(found)}, not \`${health}\` yet`;
}
