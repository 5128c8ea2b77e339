import type { Healthcheck } from '../oci/config.ts';

/**
 * A Dockerfile as written: nothing is expanded, looked up or run. Texts hold their `$VARIABLES`; `expandInstruction`
 * puts the values in once the builder knows them.
 */
export interface Dockerfile {
  /** What continues a line and takes the meaning of the next character: `# escape=`. */
  readonly escape: Escape;
  /** The reference of `# syntax=`; accepted and not followed. */
  readonly syntax?: string;
  /** ARGs before the first FROM. Each is a step of its own in the count of steps. */
  readonly metaArgs: readonly ArgInstruction[];
  readonly stages: readonly Stage[];
  /** Lines for the user, as printed before the first step. */
  readonly warnings: readonly string[];
}

export type Escape = '\\' | '`';

/** 1-based, both inclusive. */
export interface Lines {
  readonly start: number;
  readonly end: number;
}

/** Where an instruction stands, and how the builder names it. */
export interface Written {
  readonly lines: Lines;
  /** The text after `Step 1/5 : `: continued lines joined, comments between them left out, no heredoc bodies. */
  readonly original: string;
}

/** A FROM and what follows up to the next one. */
export interface Stage extends Written {
  /** Of `AS name`, in lower case. */
  readonly name?: string;
  /** As written: an image, `scratch`, or the name of an earlier stage. */
  readonly base: string;
  /** Value of `--platform`, as written. */
  readonly platform?: string;
  readonly instructions: readonly Instruction[];
}

export type Instruction =
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | WorkdirInstruction
  | UserInstruction
  | ExposeInstruction
  | VolumeInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | StopSignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | MaintainerInstruction;

export type InstructionKind = Instruction['kind'];
export type InstructionOf<K extends InstructionKind> = Extract<Instruction, { kind: K }>;

export interface Pair {
  readonly key: string;
  readonly value: string;
}

export interface ArgInstruction extends Written {
  readonly kind: 'arg';
  /** One or more; a value that is not there was not written (`ARG name`). */
  readonly args: readonly { readonly key: string; readonly value?: string }[];
}

export interface EnvInstruction extends Written {
  readonly kind: 'env';
  readonly pairs: readonly Pair[];
}

export interface LabelInstruction extends Written {
  readonly kind: 'label';
  readonly pairs: readonly Pair[];
}

/** A command as a line for the shell (`RUN make`), or as words that no shell reads (`RUN ["make"]`). */
export type Command =
  | { readonly form: 'shell'; readonly line: string }
  | { readonly form: 'exec'; readonly argv: readonly string[] };

export interface RunInstruction extends Written {
  readonly kind: 'run';
  /** Heredoc bodies stand in the line of the shell form, unless there is a `script`. */
  readonly command: Command;
  /** `RUN <<EOF` whose body begins with `#!`: a program to be put at `/dev/pipes/<name>` (mode 0755) and run. */
  readonly script?: InlineFile;
  readonly mounts: readonly RunMount[];
  readonly network?: 'default' | 'none' | 'host';
  readonly security?: 'insecure' | 'sandbox';
}

/** One `--mount`, its values as written but for the defaults. */
export interface RunMount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  readonly target?: string;
  readonly source?: string;
  /** Stage, index of a stage, or image. */
  readonly from?: string;
  readonly readOnly: boolean;
  readonly id?: string;
  readonly sharing?: 'shared' | 'private' | 'locked';
  readonly required: boolean;
  /** Permission bits. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Bytes at most, of a tmpfs. */
  readonly size?: number;
  /** Of a secret: the variable that holds it. */
  readonly env?: string;
}

/** A heredoc that is a file: its name, and its content with the tabs of `<<-` taken away. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
  /** False when the word after `<<` was quoted: no variables are put in. */
  readonly expand: boolean;
}

interface Transfer extends Written {
  /** As written, heredocs not among them. */
  readonly sources: readonly string[];
  /** Heredocs, in the order written. */
  readonly files: readonly InlineFile[];
  readonly dest: string;
  readonly chown?: string;
  /** As written: `755`, `u+x`, `$MODE`. */
  readonly chmod?: string;
  readonly link: boolean;
  readonly exclude: readonly string[];
}

export interface CopyInstruction extends Transfer {
  readonly kind: 'copy';
  /** Stage, index of a stage, or image. */
  readonly from?: string;
  readonly parents: boolean;
}

export interface AddInstruction extends Transfer {
  readonly kind: 'add';
  /** What the bytes from a URL must have: `sha256:…`. */
  readonly checksum?: string;
  readonly keepGitDir: boolean;
  /** Whether archives are unpacked; undefined leaves it to the kind of source. */
  readonly unpack?: boolean;
}

export interface WorkdirInstruction extends Written {
  readonly kind: 'workdir';
  readonly path: string;
}

export interface UserInstruction extends Written {
  readonly kind: 'user';
  readonly user: string;
}

export interface ExposeInstruction extends Written {
  readonly kind: 'expose';
  /** Sorted. A variable in one may hold several. */
  readonly ports: readonly string[];
}

export interface VolumeInstruction extends Written {
  readonly kind: 'volume';
  readonly paths: readonly string[];
}

export interface CmdInstruction extends Written {
  readonly kind: 'cmd';
  readonly command: Command;
}

export interface EntrypointInstruction extends Written {
  readonly kind: 'entrypoint';
  readonly command: Command;
}

export interface ShellInstruction extends Written {
  readonly kind: 'shell';
  readonly argv: readonly string[];
}

export interface StopSignalInstruction extends Written {
  readonly kind: 'stopsignal';
  readonly signal: string;
}

export interface HealthcheckInstruction extends Written {
  readonly kind: 'healthcheck';
  readonly health: Healthcheck;
}

export interface OnbuildInstruction extends Written {
  readonly kind: 'onbuild';
  /** For `parseTrigger`, later. */
  readonly trigger: string;
}

export interface MaintainerInstruction extends Written {
  readonly kind: 'maintainer';
  readonly name: string;
}
