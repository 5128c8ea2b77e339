import { EngineError } from '../oci/errors.ts';
import { findProgram, stateOfProgram, type Program } from './program.ts';

export interface CrunFailure {
  readonly verb: 'run' | 'exec';
  readonly program: Program;
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
  const reason = reasonIn(failure.log) ?? `crun ended with exit code ${failure.exitCode} and gave no reason`;
  const { name } = failure.program;
  const named = `exec: ${JSON.stringify(name)}`;
  const state = stateIn(reason, failure.program);
  // In the search path, what may not be run is not found: a file, or a folder of it, which crun takes no name for.
  if (state === 'missing' || (state === 'refused' && !name.includes('/'))) {
    const detail = name.includes('/')
      ? `${named}: stat ${name}: no such file or directory`
      : `${named}: executable file not found in $PATH`;
    return startFailure(failure, detail, NOT_FOUND);
  }
  if (state === 'refused') {
    return startFailure(failure, `${named}: permission denied`, NOT_EXECUTABLE);
  }
  const [, folder, why = ''] = /^chdir `(.*)`: (.+)$/s.exec(reason) ?? [];
  if (folder !== undefined) {
    return startFailure(
      failure,
      `chdir to cwd ("${folder}") set in config.json failed: ${lowerFirst(why)}`,
      OTHER,
    );
  }
  return startFailure(
    failure,
    INIT.exec(reason) ? `error during container init: ${asRunc(reason)}` : lowerErrno(reason),
    OTHER,
  );
}

function reasonIn(log: string): string | undefined {
  const messages = messagesOf(log);
  return messages.findLast((each) => each !== NO_TERMINAL) ?? messages.at(-1);
}

/** What crun says of the program itself; with a terminal it does not always come to that. */
function stateIn(reason: string, program: Program): ReturnType<typeof stateOfProgram> | undefined {
  if (/^open executable: (Permission denied|Operation not permitted)$/.test(reason)) return 'refused';
  const isMissing = /^executable file .* not found|No such file or directory$/.test(reason);
  if (isMissing && /executable|exec/.test(reason)) return 'missing';
  return reason === NO_TERMINAL ? stateOfProgram(program) : undefined;
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
  const words = `${prefix}unable to start container process: ${detail}: unknown`;
  if (detail.includes('not a directory')) return new StartFailure('invalid', words + NOT_A_FOLDER, NOT_FOUND);
  const kind = exitCode === OTHER ? 'internal' : 'invalid';
  return new StartFailure(kind, words, exitCode);
}

/** dockerd takes it for a mount, whatever it was. */
const NOT_A_FOLDER =
  ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type';

/** In red on a terminal. */
const EXEC_FAILURE = /^(?:\u001b\[1;31m)?(\{"msg":"exec container process .*\})/;

/**
 * What crun 1.8 prints as the container's own output when the kernel does not take a program that is there, such as a script
 * without its interpreter: in runc's words. Undefined for anything else.
 */
export function execFailureOf(output: string, { name }: Program): string | undefined {
  const reason = messagesOf(EXEC_FAILURE.exec(output)?.[1] ?? '').at(-1) ?? '';
  const [, path, why = ''] = /^exec container process (?:\(.*\) )?`(.*)`: (.+)$/s.exec(reason) ?? [];
  if (path === undefined) return undefined;
  return `exec ${name.includes('/') ? name : path}: ${lowerFirst(why)}`;
}

/** The same of `crun exec`, which says in its log why, but not what. */
export function loggedExecFailure(log: string, program: Program): string | undefined {
  const why = /^exec: (.+)$/s.exec(messagesOf(log)[0] ?? '')?.[1];
  return why === undefined ? undefined : `exec ${findProgram(program)}: ${lowerFirst(why)}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** Said of a terminal that did not come, whatever came in its place. */
const NO_TERMINAL = 'read FD: connection closed';

/** What crun complained of, in order. */
function messagesOf(log: string): string[] {
  return log.split('\n').flatMap((line) => {
    try {
      const { msg, level } = JSON.parse(line) as { msg?: string; level?: string };
      return msg !== undefined && level === 'error' ? [msg] : [];
    } catch {
      // An empty line, or one cut short by a crash.
      return [];
    }
  });
}

/** `mount: Permission denied` → `mount: permission denied`, as Go prints it. */
function lowerErrno(reason: string): string {
  return reason.replace(
    /: ([A-Z])([a-z]+[a-z ]*)$/,
    (_, first: string, rest: string) => `: ${first.toLowerCase()}${rest}`,
  );
}
