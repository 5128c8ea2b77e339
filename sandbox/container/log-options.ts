import { EngineError } from '../oci/errors.ts';
import type { HostConfig } from './model.ts';

const BUILT = ['json-file', 'none'];

/** What dockerd has beside them. */
const OTHERS = [
  'awslogs', 'fluentd', 'gcplogs', 'gelf', 'journald', 'local', 'logentries', 'splunk', 'syslog',
]; // prettier-ignore

const OPTIONS = [
  'max-file', 'max-size', 'compress', 'labels', 'labels-regex', 'env', 'env-regex', 'tag', 'mode', 'max-buffer-size',
]; // prettier-ignore

/** Refuses what `--log-driver` and `--log-opt` cannot have. The options themselves are kept and shown. */
export function checkLog({ Type = '', Config }: HostConfig['LogConfig']): void {
  const driver = Type === '' ? 'json-file' : Type;
  if (OTHERS.includes(driver)) {
    const reason = `The log driver ${driver} is not built; ${BUILT.join(' and ')} are.`;
    throw new EngineError('not-implemented', reason);
  }
  if (!BUILT.includes(driver)) {
    const reason = `error looking up logging plugin ${driver}: plugin "${driver}" not found`;
    throw new EngineError('invalid', reason);
  }
  if (driver === 'json-file') checkOptions(Config ?? {});
}

function checkOptions(options: Readonly<Record<string, string>>): void {
  const { mode = '' } = options;
  if (!['', 'blocking', 'non-blocking'].includes(mode))
    throw new EngineError('invalid', `logger: logging mode not supported: ${mode}`);
  if (options['max-buffer-size'] !== undefined && mode !== 'non-blocking') {
    const reason = "logger: max-buffer-size option is only supported with 'mode=non-blocking'";
    throw new EngineError('invalid', reason);
  }
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined)
    throw new EngineError('invalid', `unknown log opt '${unknown}' for json-file log driver`);
}
