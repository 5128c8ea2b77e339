import { EngineError } from '../oci/errors.ts';
import { readInRoot } from './rootfs.ts';

export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** For `HOME`. */
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MAX_ID = 2 ** 31 - 1;

/** `-u`: name or number, with an optional group after a colon; looked up in the container's own files. */
export function resolveUser(root: string, wish: string, groupAdd: readonly string[] = []): ProcessUser {
  const passwd = parsePasswd(readInRoot(root, '/etc/passwd'));
  const group = parseGroup(readInRoot(root, '/etc/group'));
  const [userPart = '', groupPart = ''] = wish.split(':');
  const user = findUser(passwd, userPart);
  const gid = groupPart === '' ? user.gid : findGroup(group, groupPart);
  // A group that was asked for by name replaces the ones the user is a member of.
  const own =
    groupPart === ''
      ? group.filter((entry) => entry.members.includes(user.name)).map((entry) => entry.gid)
      : [];
  const added = groupAdd.map((name) => findGroup(group, name, 'Unable'));
  return { uid: user.uid, gid, additionalGids: [...new Set([gid, ...own, ...added])], home: user.home };
}

function findUser(passwd: readonly PasswdEntry[], wish: string): PasswdEntry {
  const byName = passwd.find((entry) => entry.name === (wish === '' ? 'root' : wish));
  if (byName && wish !== '') return byName;
  const number = wish === '' ? 0 : parseId(wish, 'uids and gids must be in range 0-2147483647');
  if (number === undefined) {
    throw new EngineError('invalid', `unable to find user ${wish}: no matching entries in passwd file`);
  }
  return passwd.find((entry) => entry.uid === number) ?? { name: '', uid: number, gid: 0, home: '/' };
}

function findGroup(group: readonly GroupEntry[], wish: string, unable = 'unable'): number {
  const byName = group.find((entry) => entry.name === wish);
  const gid = byName?.gid ?? parseId(wish, 'uids and gids must be in range 0-2147483647');
  if (gid === undefined) {
    throw new EngineError('invalid', `${unable} to find group ${wish}: no matching entries in group file`);
  }
  return gid;
}

function parseId(text: string, outOfRange: string): number | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id < 0 || id > MAX_ID) throw new EngineError('invalid', outOfRange);
  return id;
}

function parsePasswd(text: string): PasswdEntry[] {
  return rows(text).map(([name = '', , uid = '', gid = '', , home = '']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home: home === '' ? '/' : home,
  }));
}

function parseGroup(text: string): GroupEntry[] {
  return rows(text).map(([name = '', , gid = '', members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter((member) => member !== ''),
  }));
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter((fields) => fields.length >= 4 && /^\d+$/.test(fields[2] ?? ''));
}
