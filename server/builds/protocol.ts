/** Builds of the machine that have ended, told to pages that follow them: the editor marks the line that failed. */

export interface EndedBuild {
  readonly id: string;
  /** The text of the Dockerfile: a page knows its file by it, wherever the build was started. */
  readonly dockerfile: string;
  /** Undefined when the build went well. */
  readonly problem?: { readonly line: number; readonly message: string };
}

export interface BuildsClientToServer {
  /** Tells the last builds, oldest first, and those to come. */
  'builds:follow': (message: null) => void;
}

export interface BuildsServerToClient {
  build: (build: EndedBuild) => void;
}
