import { EngineError } from '../oci/errors.ts';

export interface CrunFailure {
  readonly verb: 'run' | 'exec';
  /** First word of the command. */
  readonly program: string;
  /** crun's log: one JSON object a line. */
  readonly log: string;
  readonly exitCode: number;
}

/** What could not be started, with the exit code that `docker start` shows in the container's state. */
export class StartFailure extends EngineError {
  readonly exitCode: number;
  constructor(kind: 'invalid' | 'internal', message: string, exitCode: number) {
    super(kind, message);
    this.exitCode = exitCode;
  }
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const OTHER = 128;

/** crun's reasons in the words that people know from dockerd and runc; the CLI derives its exit code from them. */
export function translateFailure(failure: CrunFailure): StartFailure {
  const reason =
    lastMessage(failure.log) ?? `crun ended with exit code ${failure.exitCode} and gave no reason`;
  const { program } = failure;
  const named = `exec: ${JSON.stringify(program)}`;
  const isRefused = /^open executable: (Permission denied|Operation not permitted)$/.test(reason);
  const isMissing =
    /^executable file .* not found|No such file or directory$/.test(reason) && /executable|exec/.test(reason);
  // In the search path, what may not be run is not found: a file, or a folder of it, which crun takes no name for.
  if (isMissing || (isRefused && !program.includes('/'))) {
    const detail = program.includes('/')
      ? `${named}: stat ${program}: no such file or directory`
      : `${named}: executable file not found in $PATH`;
    return startFailure(failure, detail, NOT_FOUND);
  }
  if (isRefused) {
    return startFailure(failure, `${named}: permission denied`, NOT_EXECUTABLE);
  }
  const folder = /^chdir `(.*)`: No such file or directory$/.exec(reason)?.[1];
  if (folder !== undefined) {
    return startFailure(
      failure,
      `chdir to cwd ("${folder}") set in config.json failed: no such file or directory`,
      OTHER,
    );
  }
  return startFailure(
    failure,
    INIT.exec(reason) ? `error during container init: ${asRunc(reason)}` : lowerErrno(reason),
    OTHER,
  );
}

/** What runc does in the container's own first process, and says so. */
const INIT = /^(sethostname|setrlimit `RLIMIT_\w+`): /;

/** The kernel's numbers of the limits, by their names: runc shows the number. */
const RLIMITS = [
  'CPU', 'FSIZE', 'DATA', 'STACK', 'CORE', 'RSS', 'NPROC', 'NOFILE', 'MEMLOCK', 'AS', 'LOCKS', 'SIGPENDING',
  'MSGQUEUE', 'NICE', 'RTPRIO', 'RTTIME',
]; // prettier-ignore

function asRunc(reason: string): string {
  return lowerErrno(reason).replace(
    /^setrlimit `RLIMIT_(\w+)`: /,
    (_, name: string) =>
      `error setting rlimits for ready process: error setting rlimit type ${RLIMITS.indexOf(name)}: `,
  );
}

function startFailure({ verb }: CrunFailure, detail: string, exitCode: number): StartFailure {
  const prefix =
    verb === 'exec'
      ? 'OCI runtime exec failed: exec failed: '
      : 'failed to create shim task: OCI runtime create failed: runc create failed: ';
  const kind = exitCode === OTHER ? 'internal' : 'invalid';
  return new StartFailure(kind, `${prefix}unable to start container process: ${detail}: unknown`, exitCode);
}

/** In red on a terminal. */
const EXEC_FAILURE = /^(?:\u001b\[1;31m)?(\{"msg":"exec container process .*\})/;

/**
 * What crun 1.8 prints as the container's own output when the kernel does not take a program that is there, such as a script
 * without its interpreter: in runc's words. Undefined for anything else.
 */
export function execFailureOf(output: string): string | undefined {
  const reason = lastMessage(EXEC_FAILURE.exec(output)?.[1] ?? '') ?? '';
  const [, path, why = ''] = /^exec container process (?:\(.*\) )?`(.*)`: (.+)$/s.exec(reason) ?? [];
  return path === undefined ? undefined : `exec ${path}: ${why.slice(0, 1).toLowerCase()}${why.slice(1)}`;
}

function lastMessage(log: string): string | undefined {
  for (const line of log.split('\n').reverse()) {
    try {
      const { msg, level } = JSON.parse(line) as { msg?: string; level?: string };
      if (msg !== undefined && level === 'error') return msg;
    } catch {
      // An empty line, or one cut short by a crash.
    }
  }
  return undefined;
}

/** `mount: Permission denied` → `mount: permission denied`, as Go prints it. */
function lowerErrno(reason: string): string {
  return reason.replace(
    /: ([A-Z])([a-z]+[a-z ]*)$/,
    (_, first: string, rest: string) => `: ${first.toLowerCase()}${rest}`,
  );
}
