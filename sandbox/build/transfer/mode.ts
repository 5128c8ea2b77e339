import { DockerfileError } from '../../dockerfile/error.ts';

/** `--chmod`: permission bits in octal digits. */
export function modeOf(text: string): number {
  const mode = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  if (mode <= 0o7777) return mode;
  throw new DockerfileError(
    `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
  );
}
