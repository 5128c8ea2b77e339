import { describe, expect, it } from 'vitest';
import { GUIDE } from './guide.ts';
import { lint, RULES, type Finding } from './rules.ts';

const CASES: readonly (readonly [rule: string, bad: string, good: string])[] = [
  ['latest-tag', 'FROM debian\n', 'FROM debian:bookworm\n'],
  ['latest-tag', 'FROM debian:latest\n', 'FROM debian@sha256:1234\n'],
  ['latest-tag', 'FROM python AS a\nFROM a\n', 'ARG V=1\nFROM python:$V AS a\nFROM a\nFROM scratch\n'],
  [
    'apt-without-clean',
    'RUN apt-get update && apt-get install -y curl\n',
    'RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n',
  ],
  [
    'apt-update-alone',
    'RUN apt-get update\nRUN apt-get install -y curl\n',
    'RUN apt-get update && apt-get install -y curl\n',
  ],
  [
    'apt-recommends',
    'RUN apt-get install -y curl\n',
    'RUN apt-get install -y --no-install-recommends curl\n',
  ],
  ['secret', 'ENV DB_PASSWORD=hunter2\n', 'ARG DB_PASSWORD\nENV NAME=x\n'],
  ['secret', 'ARG API_KEY=abc\n', 'ENV KEYBOARD=de\n'],
  ['secret-file', 'COPY .env /app/\n', 'COPY .envrc /app/\n'],
  ['root-user', 'FROM a:1\nCMD ["x"]\n', 'FROM a:1\nUSER app\nCMD ["x"]\n'],
  ['root-user', 'FROM a:1\nUSER app\nFROM b:1\nCMD ["x"]\n', 'FROM a:1\nRUN true\n'],
  [
    'cache-order',
    'FROM n:1\nCOPY . .\nRUN npm ci\n',
    'FROM n:1\nCOPY package.json package-lock.json ./\nRUN npm ci\nCOPY . .\n',
  ],
  [
    'cache-order',
    'FROM p:1\nCOPY . /app\nRUN pip install -r requirements.txt\n',
    'FROM p:1\nCOPY --from=a . .\nRUN pip install x\n',
  ],
  ['add-local', 'ADD main.py /app/\n', 'ADD site.tar.gz /srv/\n'],
  ['cd-in-run', 'RUN cd /app\n', 'RUN cd /app && make\n'],
  ['shell-form', 'CMD python main.py\n', 'CMD ["python", "main.py"]\n'],
  ['several-cmd', 'CMD ["a"]\nCMD ["b"]\n', 'FROM a:1\nCMD ["a"]\nFROM b:1\nCMD ["b"]\n'],
];

const found = (text: string, rule: string): Finding[] => lint(text).filter((each) => each.rule === rule);

describe('each rule', () => {
  it.each(CASES)('%s finds %j and not %j', (rule, bad, good) => {
    expect(found(bad, rule)).toHaveLength(1);
    expect(found(good, rule)).toEqual([]);
  });

  it.each(RULES.map(({ id }) => id))('%s has a case, and a page whose examples are right', (id) => {
    expect(CASES.some(([rule]) => rule === id)).toBe(true);
    expect(found(GUIDE[id].bad, id)).toHaveLength(1);
    expect(found(GUIDE[id].good, id)).toEqual([]);
    // What is shown as good breaks no other rule that the bad one does not break.
    const broken = (text: string) => lint(text).map(({ rule }) => rule);
    expect(broken(GUIDE[id].bad)).toEqual(expect.arrayContaining(broken(GUIDE[id].good)));
  });

  it('are all that have a page', () => {
    expect(Object.keys(GUIDE).sort()).toEqual(RULES.map(({ id }) => id).sort());
  });
});

/** The text after the fix, as an editor would apply it. */
function fixed(text: string, rule: string): string {
  const edit = found(text, rule)[0]?.fix?.edits[0];
  if (!edit) throw new Error('There is no fix.');
  const lines = text.split('\n');
  const offset = ({ line, character }: { line: number; character: number }) =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return text.slice(0, offset(edit.range.start)) + edit.text + text.slice(offset(edit.range.end));
}

it.each([
  [
    'apt-without-clean',
    'RUN apt-get install -y a\n',
    'RUN apt-get install -y a \\\n    && rm -rf /var/lib/apt/lists/*\n',
  ],
  [
    'apt-recommends',
    'RUN x \\\n  && apt-get install -y a\n',
    'RUN x \\\n  && apt-get install --no-install-recommends -y a\n',
  ],
  ['root-user', 'FROM a:1\nCMD ["x"]\n', 'FROM a:1\nUSER nobody\nCMD ["x"]\n'],
  ['add-local', 'ADD a b\n', 'COPY a b\n'],
  ['shell-form', 'CMD python main.py\n', 'CMD ["python", "main.py"]\n'],
])('the fix of %s', (rule, before, after) => {
  expect(fixed(before, rule)).toBe(after);
  expect(found(after, rule)).toEqual([]);
});

it('has nothing to say of what is no Dockerfile', () => {
  expect(lint('')).toEqual([]);
  expect(lint('# only a comment\n')).toEqual([]);
});
