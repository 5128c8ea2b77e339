import MarkdownIt from 'markdown-it';

/** A lesson's text in pieces, in order; lines are the file's. */
export type MarkdownPart =
  | { readonly type: 'step'; readonly title: string; readonly line: number }
  | { readonly type: 'prose'; readonly html: string; readonly line: number }
  | {
      readonly type: 'fence';
      readonly info: string;
      readonly text: string;
      /** As a viewer shows it. */
      readonly html: string;
      readonly line: number;
    }
  | { readonly type: 'problem'; readonly message: string; readonly line: number };

/** Raw HTML is text: a lesson can show nothing that its author did not write in Markdown. */
const markdown = new MarkdownIt({ html: false, linkify: false, typographer: false });

type Token = ReturnType<typeof markdown.parse>[number];

export function parseMarkdown(text: string, firstLine: number): MarkdownPart[] {
  const environment = {};
  const tokens = markdown.parse(text, environment);
  const render = (some: Token[]) => markdown.renderer.render(some, markdown.options, environment);
  const parts: MarkdownPart[] = [];
  let prose: Token[] = [];
  const lineOf = (token: Token | undefined) => firstLine + (token?.map?.[0] ?? 0);
  const flush = () => {
    if (prose.length > 0) parts.push({ type: 'prose', html: render(prose), line: lineOf(prose[0]) });
    prose = [];
  };
  for (const group of topLevel(tokens)) {
    const [token] = group;
    if (!token) continue;
    const line = lineOf(token);
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
    } else {
      parts.push(...hiddenBlocks(group, lineOf));
      prose.push(...group);
    }
  }
  flush();
  return parts;
}

/** Commands and tasks in a list or a quotation would be shown as mere text. */
function hiddenBlocks(group: Token[], lineOf: (token: Token) => number): MarkdownPart[] {
  return group
    .filter((token) => token.type === 'fence' && /^(sh|task)\b/.test(token.info.trim()))
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
