import { EngineError } from '../oci/errors.ts';
import type { HostConfig } from './model.ts';

/** How much of a container's output is kept. */
export interface LogLimits {
  /** Bytes of a file of the log at which the next line begins a new one. */
  readonly fileBytes: number;
  /** Files that are kept, the one that is written included. */
  readonly files: number;
  /** The older files are gzipped. */
  readonly compress: boolean;
}

/** Without `max-size` dockerd lets a log grow; here a container shall not fill the session's disk by printing. */
export const DEFAULT_LIMITS: LogLimits = { fileBytes: 10 * 1024 ** 2, files: 2, compress: false };

/** What `--log-opt max-size`, `max-file` and `compress` ask for; wrong ones are found only when the log is opened. */
export function logLimitsOf({ Config }: HostConfig['LogConfig']): LogLimits {
  const { 'max-size': size, 'max-file': count, compress } = Config ?? {};
  const fileBytes = size === undefined ? undefined : bytesOf(size);
  if (fileBytes !== undefined && fileBytes < 1) fail('max-size must be a positive number');
  const files = count === undefined ? 1 : filesOf(count);
  const isCompressed = compress !== undefined && booleanOf(compress);
  if (isCompressed && (files < 2 || fileBytes === undefined))
    fail('compress cannot be true when max-file is less than 2 or max-size is not set');
  return fileBytes === undefined ? DEFAULT_LIMITS : { fileBytes, files, compress: isCompressed };
}

/** Powers of 1000, as go-units reads sizes for people. */
function bytesOf(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])i?b?|b)?$/i.exec(text) ?? [];
  if (number === undefined) fail(`invalid size: '${text}'`);
  return Math.floor(Number(number) * 1000 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

function filesOf(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) fail(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const files = Number(text);
  if (files < 1) fail('max-file cannot be less than 1');
  return files;
}

function booleanOf(text: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  fail(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

function fail(reason: string): never {
  throw new EngineError('internal', `failed to initialize logging driver: ${reason}`);
}
