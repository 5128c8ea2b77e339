import { DockerfileError, quoted } from './error.ts';
import { readFlags } from './flags.ts';
import { fileOf, parseHeredoc } from './heredoc.ts';
import type { Placed } from './lines.ts';
import type { Command, InlineFile, RunInstruction, Written } from './model.ts';
import { parseMount } from './mount.ts';

const FLAGS = { mount: 'texts', network: 'text', security: 'text' } as const;
const NETWORKS = ['default', 'none', 'host'] as const;
const SECURITIES = ['insecure', 'sandbox'] as const;

/** Its flags are those of BuildKit. */
export function parseRun(placed: Placed): Omit<RunInstruction, keyof Written | 'kind'> {
  const { mount = [], network, security } = readFlags(placed.flags, FLAGS);
  return {
    ...commandAndScript(placed),
    mounts: mount.map(parseMount),
    ...(network !== undefined && { network: oneOf(NETWORKS, 'network mode', network) }),
    ...(security !== undefined && { security: oneOf(SECURITIES, 'security', security) }),
  };
}

function oneOf<T extends string>(values: readonly T[], what: string, given: string): T {
  const found = values.find((value) => value === given);
  if (found === undefined) throw new DockerfileError(`${what} ${quoted(given)} is not valid`);
  return found;
}

/**
 * A heredoc alone is the script itself. With other words around it, the shell gets the line with the bodies behind it
 * and makes of it what shells make of heredocs.
 */
function commandAndScript({ args, json, heredocs }: Placed): {
  command: Command;
  script?: InlineFile;
} {
  if (json) return { command: { form: 'exec', argv: args } };
  const [first] = heredocs;
  const line = args.join(' ');
  if (first === undefined) return { command: { form: 'shell', line } };
  if (parseHeredoc(line) === undefined) {
    const bodies = heredocs.map(({ body, name }) => `\n${body}${name}`);
    return { command: { form: 'shell', line: line + bodies.join('') } };
  }
  const script = fileOf(first);
  const command: Command = { form: 'shell', line: script.content };
  return script.content.startsWith('#!') ? { command, script } : { command };
}
