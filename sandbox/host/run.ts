import { spawn } from 'node:child_process';

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Bytes kept of each of a command's outputs; none of the commands used here prints more. */
const OUTPUT_LIMIT = 1024 * 1024;

/**
 * Runs a command to its end and gives what it printed; throws only when it cannot be started. `inherited` is a file
 * that the command gets as descriptor 3.
 */
export function attempt(
  command: string,
  args: readonly string[],
  inherited?: number,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe', inherited ?? 'ignore'],
      detached: true,
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (stdout.length < OUTPUT_LIMIT) stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (stderr.length < OUTPUT_LIMIT) stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 128, stdout, stderr }));
  });
}

/** Runs a command that has to succeed and gives what it printed; a failure throws with its own words. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await attempt(command, args);
  if (code === 0) return stdout;
  const words = stderr.trim() || stdout.trim() || `exit status ${code}`;
  throw new Error(`${command} ${args[0] ?? ''}: ${words}`);
}
