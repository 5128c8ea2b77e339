import { EngineError } from '../oci/errors.ts';
import type { ContainerRecord } from './model.ts';

type Told = Pick<ContainerRecord, 'id' | 'name' | 'image' | 'path' | 'args'> & {
  readonly config: Pick<ContainerRecord['config'], 'Image' | 'Labels' | 'Env'>;
  readonly hostConfig: Pick<ContainerRecord['hostConfig'], 'LogConfig'>;
};

/** Digits of a short id. */
const SHORT = 12;

/**
 * What `docker logs --details` writes in front of each line: labels and variables that `--log-opt labels=a,b`, `env=c` and
 * regular expressions name, and the `tag`, as `a=1,c=x`, in the order of their names; empty without such options. Throws
 * dockerd's words for options that it cannot read.
 */
export function logDetails(container: Told): string {
  const { config, hostConfig } = container;
  const options = hostConfig.LogConfig.Config ?? {};
  const variables = new Map(
    (config.Env ?? []).map((line) => [line.split('=', 1)[0] ?? '', line.slice(line.indexOf('=') + 1)]),
  );
  const details = new Map([
    ...chosen(new Map(Object.entries(config.Labels)), options.labels, options['labels-regex']),
    ...chosen(variables, options.env, options['env-regex']),
  ]);
  const tag = expanded(options.tag ?? '', container);
  if (tag !== '') details.set('tag', tag);
  return [...details]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${escape(key)}=${escape(value)}`)
    .join(',');
}

/** Those with one of the names, and those whose name the expression matches. */
function chosen(
  values: ReadonlyMap<string, string>,
  names = '',
  expression = '',
): readonly (readonly [string, string])[] {
  const wanted = new Set(names.split(','));
  const pattern = expression === '' ? undefined : patternOf(expression);
  return [...values].filter(([name]) => wanted.has(name) || pattern?.test(name));
}

/** Go's expressions are JavaScript's, without looking around and with flags in front. */
function patternOf(expression: string): RegExp {
  const around = /\(\?<?[=!]/.exec(expression)?.[0];
  if (around !== undefined) throw unparsable('invalid or unsupported Perl syntax', around);
  const [, flags = '', rest = ''] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(expression) ?? [];
  try {
    return new RegExp(rest, flags);
  } catch (error) {
    const { message } = error as SyntaxError;
    const known = MISTAKES.find(([part]) => message.includes(part));
    throw unparsable(known?.[1] ?? 'invalid regular expression', expression);
  }
}

const MISTAKES = [
  ['Unterminated group', 'missing closing )'],
  ['Unmatched', 'unexpected )'],
  ['Nothing to repeat', 'missing argument to repetition operator'],
] as const;

function unparsable(mistake: string, expression: string): EngineError {
  return new EngineError('internal', `error parsing regexp: ${mistake}: \`${expression}\``);
}

/** Of Go's templates, what a container is: anything else stays as it is written. */
function expanded(tag: string, { id, name, image, path, args, config }: Told): string {
  const fields: Readonly<Record<string, string>> = {
    ID: id.slice(0, SHORT),
    FullID: id,
    ContainerID: id,
    Name: name,
    ContainerName: `/${name}`,
    ImageID: image.slice(0, SHORT),
    ImageFullID: image,
    ContainerImageID: image,
    ImageName: config.Image,
    ContainerImageName: config.Image,
    Command: [path, ...args].join(' '),
    DaemonName: 'docker',
  };
  if (tag.lastIndexOf('{{') > tag.lastIndexOf('}}')) {
    throw new EngineError('internal', 'template: log-tag:1: unclosed action');
  }
  return tag.replaceAll(/\{\{ *\.(\w+) *\}\}/gu, (template, field: string) => fields[field] ?? template);
}

/** As Go escapes the words of a query. */
function escape(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1).replaceAll('*', '%2A').replaceAll('%7E', '~');
}
