import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../oci/errors.ts';
import type { HostConfig } from './model.ts';
import type { SpecDevice } from './spec.ts';

/** What crun makes in every /dev by itself. */
const USUAL = new Set(['null', 'zero', 'full', 'random', 'urandom', 'tty', 'console', 'ptmx']);

/** `--device`, and with `--privileged` all devices that the session itself has. */
export async function devicesOf({ Devices, Privileged }: HostConfig): Promise<SpecDevice[]> {
  if (Privileged) return sessionDevices('/dev');
  const found = await Promise.all(
    (Devices ?? []).map(({ PathOnHost, PathInContainer }) =>
      wishedDevices(PathOnHost, PathInContainer === '' ? PathOnHost : PathInContainer),
    ),
  );
  return found.flat();
}

/** One device, or all that lie in a folder and below it. */
async function wishedDevices(source: string, path: string): Promise<SpecDevice[]> {
  const device = await readDevice(source, path);
  if (device) return [device];
  const entries = await readdir(source).catch(() => undefined);
  if (entries !== undefined) {
    const inside = entries.map((name) => wishedDevices(join(source, name), join(path, name)).catch(() => []));
    return (await Promise.all(inside)).flat();
  }
  throw new EngineError(
    'invalid',
    `error gathering device information while adding custom device "${source}": no such file or directory`,
  );
}

async function sessionDevices(folder: string): Promise<SpecDevice[]> {
  const devices: SpecDevice[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (USUAL.has(entry.name) || (!entry.isCharacterDevice() && !entry.isBlockDevice())) continue;
    const path = join(folder, entry.name);
    const device = await readDevice(path, path);
    if (device) devices.push(device);
  }
  return devices;
}

async function readDevice(source: string, path: string): Promise<SpecDevice | undefined> {
  const stat = await lstat(source).catch(() => undefined);
  if (!stat || (!stat.isCharacterDevice() && !stat.isBlockDevice())) return undefined;
  return {
    type: stat.isCharacterDevice() ? 'c' : 'b',
    source,
    path,
    // The kernel's packing of both numbers into `rdev`.
    major: (stat.rdev >>> 8) & 0xfff,
    minor: (stat.rdev & 0xff) | ((stat.rdev >>> 12) & 0xfff00),
    fileMode: stat.mode & 0o777,
    uid: stat.uid,
    gid: stat.gid,
  };
}
