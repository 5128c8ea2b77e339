import { readFileSync } from 'node:fs';
import { EngineError } from '../oci/errors.ts';

/** The kernel's order: a capability's number is its place. */
const ALL = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP',
  'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER',
  'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE',
  'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP',
  'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF',
  'CHECKPOINT_RESTORE',
]; // prettier-ignore

/** What a container may do unless told otherwise: Docker's list. */
const DEFAULT = [
  'CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP',
  'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE',
]; // prettier-ignore

export interface CapabilityWishes {
  readonly add: readonly string[];
  readonly drop: readonly string[];
  readonly privileged: boolean;
}

/** Names with `CAP_`, none that the engine does not have itself: crun refuses to start with one. */
export function capabilitiesFor(
  wishes: CapabilityWishes,
  own: ReadonlySet<string> = ownCapabilities(),
): string[] {
  const add = wishes.add.map(parseName);
  const drop = wishes.drop.map(parseName);
  const base = wishes.privileged || add.includes('ALL') ? ALL : drop.includes('ALL') ? [] : DEFAULT;
  const wanted = new Set([...base, ...add.filter((name) => name !== 'ALL')]);
  for (const name of drop) if (!add.includes(name) || wishes.privileged) wanted.delete(name);
  return ALL.filter((name) => wanted.has(name) && own.has(name)).map((name) => `CAP_${name}`);
}

/** Throws in dockerd's words for a name that is none. */
export function checkCapability(name: string, list: 'CapAdd' | 'CapDrop'): void {
  const parsed = parseName(name);
  if (parsed !== 'ALL' && !ALL.includes(parsed)) {
    throw new EngineError('invalid', `invalid ${list}: unknown capability: "CAP_${parsed}"`);
  }
}

function parseName(name: string): string {
  return name.trim().toUpperCase().replace(/^CAP_/, '');
}

let own: ReadonlySet<string> | undefined;

function ownCapabilities(): ReadonlySet<string> {
  if (own) return own;
  const line = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const bits = BigInt(`0x${line?.[1] ?? '0'}`);
  own = new Set(ALL.filter((_, place) => (bits >> BigInt(place)) & 1n));
  return own;
}
