import { configure, isConfigInstruction, lookupIn, type Configured } from '../dockerfile/configure.ts';
import { expandInstruction } from '../dockerfile/expand.ts';
import { parseChanges } from '../dockerfile/parse.ts';
import type { ContainerConfig } from '../oci/config.ts';
import { EngineError } from '../oci/errors.ts';

/**
 * What `docker commit --change` makes of a configuration. Throws `EngineError('invalid')` for an instruction that is
 * none of those a configuration can hold, or that is written wrongly.
 */
export function applyChanges(config: ContainerConfig, changes: readonly string[]): ContainerConfig {
  if (changes.length === 0) return config;
  const instructions = parseChanges(changes, (name) => {
    if (!ALLOWED.has(name)) throw new EngineError('invalid', `${name} is not a valid change command`);
  });
  const before: Configured = { config, cmdSet: false };
  const after = instructions.filter(isConfigInstruction).reduce((state, instruction) => {
    const expanded = expandInstruction(instruction, lookupIn(state.config.Env), '\\');
    return configure(state, expanded);
  }, before);
  return after.config;
}

const ALLOWED = new Set([
  ...['cmd', 'entrypoint', 'env', 'expose', 'healthcheck'],
  ...['label', 'onbuild', 'user', 'volume', 'workdir'],
]);
