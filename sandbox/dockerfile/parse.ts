import { DockerfileError } from './error.ts';
import type { Dockerfile, Instruction } from './model.ts';

/** Reads a Dockerfile. Throws `DockerfileError` in dockerd's words. */
export function parseDockerfile(text: string): Dockerfile {
  throw new DockerfileError(`not yet: ${text}`);
}

/** Reads what an ONBUILD holds: one instruction alone. Throws `DockerfileError`. */
export function parseTrigger(text: string): Instruction {
  throw new DockerfileError(`not yet: ${text}`);
}
