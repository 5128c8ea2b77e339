import { posix } from 'node:path';

import { DockerfileError } from './error.ts';
import { matches, parseGlob, type Glob } from './glob.ts';
import { trim } from './space.ts';

/** The patterns of a `.dockerignore`, cleaned as Docker does: comments, blank lines and leading slashes taken away. */
export function readIgnoreFile(text: string): string[] {
  return text
    .replace(/^\ufeff/u, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map(trim)
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('!') ? `!${relative(trim(line.slice(1)))}` : relative(line)));
}

/**
 * Tells of a path of the context, relative and with `/`, whether it is left out: the last pattern that speaks of it or
 * of a folder above it decides. Throws `DockerfileError` for a pattern that is none.
 */
export function compileIgnore(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.map(trim).filter(Boolean).map(parseRule);
  return (path) => {
    const cleaned = clean(path);
    // The context itself stays, whatever the patterns say.
    if (cleaned === '.') return false;
    return rules.reduce(
      (ignored, { glob, excepts }) => (ignored === excepts && matches(glob, cleaned) ? !excepts : ignored),
      false,
    );
  };
}

interface Rule {
  readonly glob: Glob;
  /** Begins with `!`. */
  readonly excepts: boolean;
}

function parseRule(pattern: string): Rule {
  const cleaned = clean(pattern);
  if (cleaned === '!') throw new DockerfileError('illegal exclusion pattern: "!"');
  const excepts = cleaned.startsWith('!');
  return { excepts, glob: parseGlob(excepts ? cleaned.slice(1) : cleaned) };
}

function relative(pattern: string): string {
  if (pattern === '') return '';
  const cleaned = clean(pattern);
  return cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
}

/** Go's `filepath.Clean`. */
function clean(text: string): string {
  const normal = posix.normalize(text);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
