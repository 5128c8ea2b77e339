/** A Docker engine that rows run against. */
export interface Engine {
  readonly name: string;
  /** Value of DOCKER_HOST. */
  readonly dockerHost: string;
  /** Folder of the host that the engine's containers may bind, at the same path. */
  readonly shared: string;
  /** Ends everything that was started and removes every trace. Idempotent. */
  stop(): Promise<void>;
}
