import { EngineError } from '../../oci/errors.ts';

/** One line of a `docker commit --change`. */
export interface Instruction {
  /** In lower case. */
  readonly name: string;
  readonly flags: readonly string[];
  /** What follows, trimmed. */
  readonly rest: string;
}

/** The instructions of all changes together, read as the lines of one Dockerfile. */
export function parseInstructions(changes: readonly string[]): Instruction[] {
  const found: Instruction[] = [];
  let pending = '';
  for (const line of changes.join('\n').split('\n')) {
    if (/^\s*#/.test(line) || line.trim() === '') continue;
    const continued = /\\[ \t]*$/.exec(line);
    pending += continued ? line.slice(0, continued.index) : line;
    if (continued) continue;
    found.push(parseLine(pending.trim()));
    pending = '';
  }
  if (pending.trim() !== '') found.push(parseLine(pending.trim()));
  if (found.length === 0) throw new EngineError('invalid', 'file with no instructions');
  return found;
}

/** Of what an `ONBUILD` holds too. */
export function parseLine(line: string): Instruction {
  const [, name = '', after = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  const flags: string[] = [];
  let rest = after.trim();
  for (let flag = FLAG.exec(rest); flag; flag = FLAG.exec(rest)) {
    if (flag[1] !== undefined) flags.push(flag[1]);
    rest = rest.slice(flag[0].length).trim();
  }
  return { name: name.toLowerCase(), flags, rest };
}

const FLAG = /^(--\S+)(?=\s|$)/;
