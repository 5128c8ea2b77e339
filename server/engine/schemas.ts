import * as z from 'zod';

/**
 * Docker's answers (API 1.41), as far as the server looks at them. Unknown keys are dropped; an absent or null list is
 * an empty one, as Go prints it.
 */

const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((all) => all ?? {});

export const ImageSummary = z.object({
  Id: z.string(),
  RepoTags: list(z.string()),
  /** Seconds. */
  Created: z.number(),
  ParentId: z.string().nullish(),
});
export type ImageSummary = z.infer<typeof ImageSummary>;
export const ImageSummaries = z.array(ImageSummary);

export const Config = z.object({
  Image: z.string().nullish(),
  User: z.string().nullish(),
  Env: list(z.string()),
  Cmd: list(z.string()),
  Entrypoint: list(z.string()),
  WorkingDir: z.string().nullish(),
  Labels: labels,
  OpenStdin: z.boolean().nullish(),
  Tty: z.boolean().nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
});
export type Config = z.infer<typeof Config>;

export const ImageDetail = z.object({
  Id: z.string(),
  RepoTags: list(z.string()),
  Parent: z.string().nullish(),
  Comment: z.string().nullish(),
  Author: z.string().nullish(),
  /** The container that a commit was made from. */
  Container: z.string().nullish(),
  Config: Config.nullish(),
  RootFS: z.object({ Layers: list(z.string()) }),
  RepoDigests: list(z.string()).optional(),
  /** Bytes of all layers. */
  Size: z.number().nullish(),
});
export type ImageDetail = z.infer<typeof ImageDetail>;

export const ImageHistory = z.array(
  z.object({
    Id: z.string(),
    CreatedBy: z.string(),
    Comment: z.string(),
    Size: z.number(),
    Tags: list(z.string()),
  }),
);
export type ImageHistory = z.infer<typeof ImageHistory>;

export const ContainerSummary = z.object({
  Id: z.string(),
  Names: list(z.string()),
  Image: z.string(),
  ImageID: z.string(),
  State: z.string(),
});
export type ContainerSummary = z.infer<typeof ContainerSummary>;
export const ContainerSummaries = z.array(ContainerSummary);

const PortBindings = z.record(z.string(), list(z.object({ HostPort: z.string().nullish() })));

export const ContainerDetail = z.object({
  Id: z.string(),
  Name: z.string(),
  /** Id of the image. */
  Image: z.string(),
  Path: z.string(),
  Args: list(z.string()),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    ExitCode: z.number(),
    /** RFC 3339; the year 1 when it has never run. */
    StartedAt: z.string().nullish(),
    Error: z.string().nullish(),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
  Config,
  HostConfig: z
    .object({
      /** Bytes; 0 for none. */
      Memory: z.number().nullish(),
      RestartPolicy: z.object({ Name: z.string().nullish() }).nullish(),
      ReadonlyRootfs: z.boolean().nullish(),
      PortBindings: PortBindings.nullish(),
    })
    .nullish(),
  Mounts: list(
    z.object({
      Type: z.string(),
      Name: z.string().nullish(),
      Source: z.string().nullish(),
      Destination: z.string(),
    }),
  ).optional(),
  NetworkSettings: z
    .object({
      IPAddress: z.string().nullish(),
      Networks: z.record(z.string(), z.object({ IPAddress: z.string().nullish() })).nullish(),
    })
    .nullish(),
});
export type ContainerDetail = z.infer<typeof ContainerDetail>;

/** `Kind`: 0 changed, 1 added, 2 deleted. */
export const Changes = z
  .array(z.object({ Path: z.string(), Kind: z.number() }))
  .nullish()
  .transform((changes) => changes ?? []);
export type Changes = z.infer<typeof Changes>;

export const EngineEvent = z.object({
  Type: z.string(),
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: labels }),
  timeNano: z.number().optional(),
});
export type EngineEvent = z.infer<typeof EngineEvent>;

export const FileInImage = z.object({
  type: z.enum(['file', 'directory', 'symlink', 'other']),
  mode: z.number(),
  uid: z.number(),
  gid: z.number(),
  size: z.number(),
  content: z.string().optional(),
  linkTarget: z.string().optional(),
});
export type FileInImage = z.infer<typeof FileInImage>;

export const FileLayers = z.object({ layers: z.array(z.boolean()).max(512) });

export const Named = z.object({ Name: z.string() });
export type Named = z.infer<typeof Named>;
export const Volumes = z.object({ Volumes: list(Named) });
export const Networks = z.array(Named);

export const ScriptResult = z.object({
  exitCode: z.number(),
  timedOut: z.boolean(),
  output: z.string(),
});
export type ScriptResult = z.infer<typeof ScriptResult>;

/** A line of the engine's activity, as far as checks look at it. */
export const ActivityLine = z.union([
  z.object({
    build: z.object({
      id: z.string().max(64),
      state: z.string(),
      tags: z.array(z.string().max(256)).max(50),
      steps: z.array(z.object({ text: z.string(), result: z.string() })).max(1000),
    }),
  }),
  z.object({
    transfer: z.object({
      id: z.string().max(64),
      verb: z.string(),
      reference: z.string().max(512),
      state: z.string(),
      layers: z.array(z.object({ state: z.string() })).max(512),
    }),
  }),
]);
export type ActivityLine = z.infer<typeof ActivityLine>;
export type Build = Extract<z.infer<typeof ActivityLine>, { build: unknown }>['build'];
export type Transfer = Extract<z.infer<typeof ActivityLine>, { transfer: unknown }>['transfer'];

/** As many cells as this server keeps for a terminal, whatever a machine says. */
const TERMINAL_SIDE_MAX = 1000;

export const TerminalInfo = z.object({
  id: z.string().regex(/^[\w.-]{1,64}$/),
  offset: z.int().min(0),
  columns: z.int().min(1).max(TERMINAL_SIDE_MAX),
  rows: z.int().min(1).max(TERMINAL_SIDE_MAX),
  exitCode: z.number().optional(),
});
export type TerminalInfo = z.infer<typeof TerminalInfo>;
export const TerminalInfos = z.array(TerminalInfo).max(256);

export const Usage = z.object({
  diskBytes: z.number(),
  memoryBytes: z.number(),
  processes: z.number(),
  cpuMicros: z.number().optional(),
  files: z.number().optional(),
  fileLimit: z.number().optional(),
  refusedForks: z.number().optional(),
});
export type Usage = z.infer<typeof Usage>;

export const Nothing = z.unknown().transform(() => undefined);
