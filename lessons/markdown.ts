import MarkdownIt from 'markdown-it';
import type { NoteLevel } from './blocks.ts';
import { didYouMean } from './problems.ts';

/** A lesson's text in pieces, in order; lines are the file's. */
export type MarkdownPart =
  | { readonly type: 'step'; readonly title: string; readonly line: number }
  | { readonly type: 'prose'; readonly html: string; readonly line: number }
  | { readonly type: 'note'; readonly level: NoteLevel; readonly html: string; readonly line: number }
  | {
      readonly type: 'fence';
      readonly info: string;
      readonly text: string;
      /** As a viewer shows it. */
      readonly html: string;
      readonly line: number;
    }
  | { readonly type: 'problem'; readonly message: string; readonly line: number };

export interface MarkdownOptions {
  /** The file's line on which the text begins. */
  readonly firstLine: number;
  /** Blocks by their word that mean something only at the margin. */
  readonly blocks: readonly string[];
  /** The address of a picture of the lesson's folder; undefined when it is not there. */
  readonly picture: (path: string) => string | undefined;
}

const NOTES: readonly NoteLevel[] = ['note', 'tip', 'important', 'warning', 'caution'];
const NOTE_HEAD = /^\[!(\w+)\](?:\n|$)/;

/** Raw HTML is text: a lesson can show nothing that its author did not write in Markdown. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

type Token = ReturnType<typeof markdown.parse>[number];

export function parseMarkdown(text: string, options: MarkdownOptions): MarkdownPart[] {
  const environment = {};
  const lines = text.split('\n');
  const tokens = markdown.parse(text, environment);
  const render = (some: Token[]) => markdown.renderer.render(some, markdown.options, environment);
  const parts: MarkdownPart[] = [];
  let prose: Token[] = [];
  const lineOf = (token: Token | undefined) => options.firstLine + (token?.map?.[0] ?? 0);
  const flush = () => {
    if (prose.length > 0) parts.push({ type: 'prose', html: render(prose), line: lineOf(prose[0]) });
    prose = [];
  };
  for (const group of topLevel(tokens)) {
    const [token] = group;
    if (!token) continue;
    const line = lineOf(token);
    parts.push(...placePictures(group, line, options));
    if (token.type === 'heading_open' && token.tag === 'h2') {
      flush();
      parts.push({ type: 'step', title: group[1]?.content ?? '', line });
    } else if (token.type === 'heading_open' && token.tag === 'h1') {
      parts.push({
        type: 'problem',
        line,
        message: 'The title stands in the front matter; steps begin with `## `.',
      });
    } else if (token.type === 'fence') {
      flush();
      parts.push({
        type: 'fence',
        info: token.info.trim(),
        text: token.content,
        html: render([token]),
        line,
      });
      if (!isClosed(token, lines)) {
        const message = 'This block is not closed: a line of three backticks ends it.';
        parts.push({ type: 'problem', line, message });
      }
    } else {
      parts.push(...hiddenBlocks(group, lineOf, options.blocks));
      const level = takeNoteHead(group);
      if (level === undefined) {
        prose.push(...group);
      } else if (!isNoteLevel(level)) {
        const message = `There is no note of the kind \`${level}\`.${didYouMean(level, NOTES) || ` It can be ${NOTES.join(', ')}.`}`;
        parts.push({ type: 'problem', line, message });
      } else {
        flush();
        parts.push({ type: 'note', level, html: render(group.slice(1, -1)), line });
      }
    }
  }
  flush();
  return parts;
}

function isNoteLevel(level: string): level is NoteLevel {
  return (NOTES as readonly string[]).includes(level);
}

/** `> [!NOTE]` as GitHub writes it: takes the head away, and says what stood in it, in lower case. */
function takeNoteHead(group: Token[]): string | undefined {
  const [quote, paragraph, inline] = group;
  if (quote?.type !== 'blockquote_open' || paragraph?.type !== 'paragraph_open' || !inline) return undefined;
  const head = NOTE_HEAD.exec(inline.content);
  if (!head) return undefined;
  const rest = inline.content.slice(head[0].length);
  if (rest.trim() === '') group.splice(1, 3);
  else inline.children = markdown.parseInline(rest, {})[0]?.children ?? [];
  return (head[1] ?? '').toLowerCase();
}

/** Gives each picture its address, and tells of those that have none or say nothing to who cannot see them. */
function placePictures(group: Token[], line: number, { picture }: MarkdownOptions): MarkdownPart[] {
  const problems: MarkdownPart[] = [];
  for (const image of group
    .flatMap(({ children }) => children ?? [])
    .filter(({ type }) => type === 'image')) {
    const path = String(image.attrGet('src') ?? '');
    const address = picture(decodeURI(path));
    if (address === undefined) {
      const message = `There is no picture \`${path}\` in the lesson’s folder (.svg, .png, .jpg or .webp).`;
      problems.push({ type: 'problem', line, message });
    } else image.attrSet('src', address);
    if (image.content.trim() === '')
      problems.push({
        type: 'problem',
        line,
        message: 'A picture needs a description: `![what it shows](…)`.',
      });
  }
  return problems;
}

/** Commands and tasks in a list or a quotation would be shown as mere text. */
function hiddenBlocks(
  group: Token[],
  lineOf: (token: Token) => number,
  blocks: readonly string[],
): MarkdownPart[] {
  return group
    .filter((token) => token.type === 'fence' && blocks.includes(token.info.trim().split(/\s/, 1)[0] ?? ''))
    .map((token) => ({
      type: 'problem',
      line: lineOf(token),
      message: `A \`${token.info.trim()}\` block must stand at the margin, not inside a list or a quotation.`,
    }));
}

/** The tokens of each block at the margin together. */
function* topLevel(tokens: Token[]): Generator<Token[]> {
  let group: Token[] = [];
  let depth = 0;
  for (const token of tokens) {
    group.push(token);
    depth += token.nesting;
    if (depth > 0) continue;
    yield group;
    group = [];
  }
}

/** One that is not goes on to the end of the text, and takes all that follows for its own. */
function isClosed({ map, markup }: Token, lines: readonly string[]): boolean {
  const [first, end] = map ?? [0, 0];
  return end - first > 1 && (lines[end - 1] ?? '').trim().startsWith(markup);
}
