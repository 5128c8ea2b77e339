import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { explainLine, LINE_MAX, readExplanations } from './explanations.ts';

const { explanations, problems } = await readExplanations(import.meta.dirname);

describe('the explanations', () => {
  it('are at least eighty, without a problem', () => {
    expect(problems).toEqual([]);
    expect(explanations.length).toBeGreaterThanOrEqual(80);
  });

  it.each(explanations.map(({ id, example }) => [id, example]))('%s', (id, example) => {
    const explained = explainLine(explanations, example);
    expect(explained?.id).toBe(id);
    const said = `${explained?.title}\n${explained?.text}`;
    // Every placeholder has become words, and every code is closed.
    expect(said).not.toMatch(/\{[a-z]+\}|undefined/);
    expect(said.split('`').length % 2).toBe(1);
    expect(said).not.toContain('``');
  });

  it('take no time over lines that were made to take it', () => {
    const pieces = [
      'a',
      ' ',
      ': ',
      '"',
      "'",
      'Get "x: ',
      'x: y ',
      'exec: "',
      '.x',
      '/',
      "The command '",
      'OCI runtime ',
    ];
    const beginnings = ['', ...explanations.map(({ example }) => example.slice(0, 60))];
    for (const piece of pieces) {
      const filling = piece.repeat(LINE_MAX);
      for (const beginning of beginnings) explainLine(explanations, beginning + filling);
    }
  });

  it('quote what was printed as short text', () => {
    const long = `Error: No such object: ${'`<b>'.repeat(200)}`;
    const { text = '' } = explainLine(explanations, long) ?? {};
    expect(text.length).toBeLessThan(280);
    expect(text.split('`').length % 2).toBe(1);
  });
});

const ENTRY = `- id: one
  match: 'it has failed: (?<why>.+)'
  title: It failed
  text: Because {why}.
  example: 'it has failed: so'
`;

describe('a mistake is told with its line', () => {
  const other = (from: string, to: string) => ENTRY.replace('one', 'two').replace(from, to);
  it.each([
    ['an unknown key', other('title:', 'titel:'), /8: Unknown key `titel`/],
    ['an id twice', ENTRY, /6: There are two entries `one`/],
    ['no regular expression', other('.+)', '.+'), /6: `match` of `two`/],
    ['a repeated group', other('(?<why>.+)', '(?<why>.+)+'), /6: .* repeats a group/],
    ['another example', other("'it has failed: so'", 'it went well'), /6: .* does not match its `example`/],
    ['an unknown group', other('{why}', '{reason}'), /6: .*`\{reason\}`/],
    ['an entry before that explains it', other('Because', 'As'), /6: .* explained by `one` before it/],
    ['three lines', other('Because {why}.', '"a\\nb\\nc"'), /6: .* more than two lines/],
  ])('%s', async (_what, second, problem) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-explanations-'));
    await writeFile(join(folder, 'errors.yaml'), ENTRY + second);
    const { problems: found } = await readExplanations(folder);
    await rm(folder, { recursive: true });
    expect(found.map(({ line, message }) => `${line}: ${message}`).join('\n')).toMatch(problem);
  });
});
