import { execFile } from 'node:child_process';

import { EngineError } from '../oci/errors.ts';
import { processesOf, type RunningContainer } from './processes.ts';

export interface ProcessTable {
  readonly Processes: readonly (readonly string[])[];
  readonly Titles: readonly string[];
}

/** Bytes that a table of the session's processes may have. */
const MAX_OUTPUT_BYTES = 4 * 1024 ** 2;

/** The session's ps over a container's processes: images need not have one. */
export async function listProcesses(container: RunningContainer, psArguments: string): Promise<ProcessTable> {
  refuseRenamedPid(psArguments);
  const pids = await processesOf(container);
  const argv = psArguments.split(' ').filter((each) => each !== '');
  return select(await runPs(argv, pids), new Set(pids.map(String)));
}

/** Some formats cannot be limited to processes: then all of them are listed, and chosen from afterwards. */
async function runPs(argv: readonly string[], pids: readonly number[]): Promise<string> {
  const limited = await ps([...argv, `-q${pids.join(',')}`]);
  if (limited.code === 0) return limited.output;
  const all = await ps(argv);
  if (all.code === 0) return all.output;
  const [reason = ''] = all.words.split('\n');
  throw new EngineError('internal', `ps: ${reason === '' ? `exit status ${all.code}` : reason}`);
}

interface PsResult {
  readonly code: number;
  readonly output: string;
  readonly words: string;
}

async function ps(argv: readonly string[]): Promise<PsResult> {
  const options = { maxBuffer: MAX_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile('ps', argv, options, (error, output, words) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, output, words: words === '' && code !== 0 && output === '' ? noPs(error) : words });
    });
  });
}

function noPs(error: (Error & { readonly code?: unknown }) | null): string {
  return error?.code === 'ENOENT' ? 'exec: "ps": executable file not found in $PATH' : '';
}

function select(output: string, pids: ReadonlySet<string>): ProcessTable {
  const [head = '', ...lines] = output.split('\n');
  const titles = fields(head);
  const column = titles.indexOf('PID');
  if (column < 0) throw new EngineError('internal', "Couldn't find PID field in ps output");
  const processes: string[][] = [];
  let belongs = false;
  for (const line of lines.filter((each) => each !== '')) {
    const values = fields(line);
    const pid = values[column] ?? '';
    // A thread of the process before it has no id of its own to be chosen by.
    if (pid !== '-') belongs = pids.has(pid);
    if (belongs) processes.push(withLast(values, titles.length));
  }
  return { Processes: processes, Titles: titles };
}

function fields(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** The last column is the command, which may have spaces. */
function withLast(values: readonly string[], columns: number): string[] {
  return [...values.slice(0, columns - 1), values.slice(columns - 1).join(' ')];
}

/** `-o pid=X` would hide the column that the choice is made by; dockerd's own rule. */
function refuseRenamedPid(psArguments: string): void {
  const renamed = /\s*(?:-|\b)o\s*\S*?pid=\s*[^,\s]+/i.exec(psArguments)?.[0].match(/pid=\s*([^,\s]+)/i);
  const title = renamed?.[1];
  if (title !== undefined && title !== 'PID') {
    throw new EngineError('invalid', `specifying "${renamed?.[0] ?? ''}" is not allowed`);
  }
}
