import { EngineError } from '../oci/errors.ts';

/** A mistake in a Dockerfile; the only error that reading one throws. Status 400. */
export class DockerfileError extends EngineError {
  /** 1-based; undefined when it is the whole file's. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super('invalid', message);
    this.line = line;
  }
}
