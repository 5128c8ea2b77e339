import { realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { MAX_HOST_MOUNTS } from './bootstrap.ts';
import { SupervisorError, type HostMount } from './supervisor.ts';
import { isFolder } from './sweep.ts';

/** Places of a session that belong to it and that nothing may be put over. */
const OWN_PLACES = ['/proc', '/sys', '/dev', '/run', '/var/run', '/var/lib/docker', '/opt/slipway'];

/** Gives folders of the host that can be shown in a session; throws `invalid` for others. */
export async function checkedMounts(mounts: readonly HostMount[]): Promise<HostMount[]> {
  if (mounts.length > MAX_HOST_MOUNTS)
    throw new SupervisorError('invalid', `A session can be shown ${MAX_HOST_MOUNTS} folders at most.`);
  return Promise.all(mounts.map(checkedMount));
}

async function checkedMount({ source, target, readOnly }: HostMount): Promise<HostMount> {
  if (!source.startsWith('/') || !(await isFolder(source))) {
    throw new SupervisorError('invalid', `${source} is not a folder of this host, named by its full path.`);
  }
  const place = posix.normalize(target);
  const taken = OWN_PLACES.some((own) => place === own || place.startsWith(`${own}/`));
  if (!place.startsWith('/') || place === '/' || taken || /[\0\n]/.test(place)) {
    throw new SupervisorError(
      'invalid',
      `${target} is not a place in a session where a folder can be shown.`,
    );
  }
  return { source: await realpath(source), target: place, readOnly };
}
