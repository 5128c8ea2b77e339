import type { Platform } from '../oci/descriptor.ts';
import { EngineError } from '../oci/errors.ts';

/** What this machine runs. */
export const OWN_PLATFORM: Platform = {
  os: 'linux',
  architecture: process.arch === 'x64' ? 'amd64' : process.arch,
};

const ALIASES: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  armhf: 'arm',
  i386: '386',
  'x86-64': 'amd64',
  x86_64: 'amd64',
};

/** `linux/arm64/v8`, `linux/amd64`, or an architecture alone. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  const bad = parts.find((part) => !/^[a-z0-9_-]+$/.test(part));
  if (bad !== undefined) {
    throw new EngineError(
      'invalid',
      `"${bad}" is an invalid component of "${text}": platform specifier component must match ` +
        '"^[A-Za-z0-9_-]+$": invalid argument',
    );
  }
  if (parts.length > 3)
    throw new EngineError('invalid', `"${text}": cannot parse platform specifier: invalid argument`);
  const [first = '', second, variant] = parts;
  if (second === undefined) {
    if (first === 'linux') return OWN_PLATFORM;
    const architecture = ALIASES[first] ?? first;
    if (SYSTEMS.includes(first)) return { os: first, architecture: OWN_PLATFORM.architecture };
    if (ARCHITECTURES.includes(architecture)) return { os: 'linux', architecture };
    throw unknownPlatform(text);
  }
  return { os: first, architecture: ALIASES[second] ?? second, ...(variant !== undefined && { variant }) };
}

/** An image of another system can be kept, one of no system that there is cannot. */
export function isSystem(os: string): boolean {
  return SYSTEMS.includes(os);
}

export function unknownPlatform(text: string): EngineError {
  const why = 'unknown operating system or architecture: invalid argument';
  return new EngineError('invalid', `${JSON.stringify(text)}: ${why}`);
}

/** As containerd knows them. */
const SYSTEMS = [
  ...['aix', 'android', 'darwin', 'dragonfly', 'freebsd', 'hurd', 'illumos', 'ios', 'js', 'linux'],
  ...['nacl', 'netbsd', 'openbsd', 'plan9', 'solaris', 'windows', 'zos'],
];

const ARCHITECTURES = [
  ...[
    '386',
    'amd64',
    'amd64p32',
    'arm',
    'arm64',
    'arm64be',
    'armbe',
    'mips',
    'mips64',
    'mips64le',
    'mips64p32',
  ],
  ...[
    'mips64p32le',
    'mipsle',
    'ppc',
    'ppc64',
    'ppc64le',
    'riscv',
    'riscv64',
    's390',
    's390x',
    'sparc',
    'sparc64',
  ],
  'wasm',
];

export function platformMatches(actual: Platform, wanted: Platform): boolean {
  return (
    actual.os === wanted.os &&
    actual.architecture === wanted.architecture &&
    (wanted.variant === undefined || actual.variant === undefined || actual.variant === wanted.variant)
  );
}

export function showPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part !== undefined && part !== '').join('/');
}
