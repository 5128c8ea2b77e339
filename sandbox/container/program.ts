import { posix } from 'node:path';
import { lstatOrNothing, resolveInRoot } from './rootfs.ts';

/** What a process of a container is to execute. */
export interface Program {
  /** First word of the command. */
  readonly name: string;
  /** Where the container's files are, without its volumes. */
  readonly root: string;
  readonly env: readonly string[];
}

/** Its path in the container: a name without a slash is looked for in the folders of `PATH`. The name when it is nowhere. */
export function findProgram({ name, root, env }: Program): string {
  if (name.includes('/')) return name;
  const folders = env.find((line) => line.startsWith('PATH='))?.slice('PATH='.length) ?? '';
  const paths = folders.split(':').map((folder) => posix.join(folder, name));
  return paths.find((path) => stateOf(root, path) === 'executable') ?? name;
}

/** Whether it can be executed, as far as its file tells. */
export function stateOfProgram(program: Program): 'executable' | 'refused' | 'missing' {
  const path = findProgram(program);
  return path.includes('/') ? stateOf(program.root, path) : 'missing';
}

function stateOf(root: string, path: string): 'executable' | 'refused' | 'missing' {
  const stats = lstatOrNothing(resolveInRoot(root, path));
  if (stats === undefined) return 'missing';
  return stats.isFile() && (stats.mode & 0o111) !== 0 ? 'executable' : 'refused';
}
