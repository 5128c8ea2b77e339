import { didYouMean } from './problems.ts';

/** What stands after the three backticks: `sh norun`, `dockerfile file=~/web/Dockerfile`. */
export interface Fence {
  readonly language: string;
  readonly norun: boolean;
  readonly interrupt: boolean;
  readonly terminal?: number;
  readonly file?: string;
}

/** Blocks that are YAML and mean something. */
export const YAML_BLOCKS = ['task', 'quiz', 'predict', 'setup', 'layers'] as const;
export type YamlBlock = (typeof YAML_BLOCKS)[number];

/** Languages that are shown; each can be a file. */
const SHOWN = [
  ...[
    'text',
    'console',
    'dockerfile',
    'json',
    'yaml',
    'diff',
    'ini',
    'toml',
    'makefile',
    'html',
    'css',
    'xml',
  ],
  ...['python', 'javascript', 'typescript', 'c', 'go', 'rust', 'sh'],
];
const LANGUAGES = [...new Set([...SHOWN, ...YAML_BLOCKS])];
const TERMINALS_MAX = 8;

/** Which words may follow a language. */
const WORDS = { sh: ['norun', 'interrupt', 'terminal=', 'file='], shown: ['file='], yaml: [] } as const;

export function parseFence(info: string): Fence | { readonly problem: string } {
  const [language = '', ...words] = info.split(/\s+/).filter((word) => word !== '');
  if (language !== '' && !LANGUAGES.includes(language))
    return { problem: `Unknown kind of block \`${language}\`.${didYouMean(language, LANGUAGES)}` };
  const known: readonly string[] = isYamlBlock(language)
    ? WORDS.yaml
    : language === 'sh'
      ? WORDS.sh
      : WORDS.shown;
  const odd = words.find((word) => !known.includes(word.replace(/=.*$/, '=')));
  if (odd !== undefined)
    return {
      problem: `Unknown word \`${odd}\` after \`${language}\`.${didYouMean(odd.replace(/=.*$/, '='), known)}`,
    };
  const valueOf = (key: string) => words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const terminal = valueOf('terminal');
  const number = Number(terminal ?? 1);
  if (!Number.isInteger(number) || number < 1 || number > TERMINALS_MAX)
    return { problem: `\`terminal=\` is a number from 1 to ${TERMINALS_MAX}.` };
  const file = valueOf('file');
  return {
    language,
    norun: words.includes('norun'),
    interrupt: words.includes('interrupt'),
    ...(terminal === undefined ? {} : { terminal: number }),
    ...(file === undefined ? {} : { file }),
  };
}

export function isYamlBlock(language: string): language is YamlBlock {
  return (YAML_BLOCKS as readonly string[]).includes(language);
}
