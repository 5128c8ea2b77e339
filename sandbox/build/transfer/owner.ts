import { readFileSync } from 'node:fs';
import { readInRoot } from '../../container/rootfs.ts';
import { EngineError } from '../../oci/errors.ts';
import type { Owner } from './draft.ts';

/** `--chown`: numbers, or names of the image's own files. Throws `EngineError` in dockerd's words. */
export async function ownerOf(wish: string, root: string | undefined): Promise<Owner> {
  const parts = wish.split(':');
  if (parts.length > 2) throw failed(`invalid chown string format: ${wish}`);
  const [user = '', group = user] = parts;
  return {
    uid: await idOf(user, { root, file: '/etc/passwd', what: 'user', id: 'uid' }),
    gid: await idOf(group, { root, file: '/etc/group', what: 'group', id: 'gid' }),
  };
}

interface Names {
  readonly root: string | undefined;
  readonly file: string;
  readonly what: string;
  readonly id: string;
}

async function idOf(name: string, { root, file, what, id }: Names): Promise<number> {
  if (/^[+-]?\d+$/.test(name)) return mapped(Number(name), readFileSync(`/proc/self/${id}_map`, 'utf8'));
  const text = root === undefined ? undefined : readInRoot(root, file);
  const line = (text ?? '').split('\n').find((each) => each.split(':', 1)[0] === name);
  const number = Number(line?.split(':')[2] ?? Number.NaN);
  if (Number.isInteger(number)) return number;
  const reason =
    text === undefined || text === ''
      ? `open ${file}: no such file or directory`
      : `no such ${what}: ${name}`;
  throw failed(`can't find ${id} for ${what} ${name}: ${reason}`);
}

/**
 * The id itself when the machine's user namespace has it, which ends at 65,535 (user_namespaces(7), "uid_map": first id
 * inside, first id outside, how many). Otherwise what a dockerd in such a namespace says.
 */
export function mapped(id: number, map: string): number {
  const ranges = map
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/u).map(Number));
  if (ranges.some(([first = 0, , count = 0]) => id >= first && id < first + count)) return id;
  throw failed(`Container ID ${id} cannot be mapped to a host ID`);
}

function failed(reason: string): EngineError {
  return new EngineError('internal', `unable to convert uid/gid chown string to host mapping: ${reason}`);
}
