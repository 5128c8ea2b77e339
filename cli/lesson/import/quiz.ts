import { plainLine, slugOf, yamlBlock } from './written.ts';

interface Choice {
  readonly text: string;
  readonly right: boolean;
}

const CHOICE = /^\s*[-*]\s+[([]([ xX]?)[)\]]\s+(.+?)\s*$/;

export const isChoice = (line: string): boolean => CHOICE.test(line);

/** A quiz from lines such as `- (x) A process`; undefined when no choice is right. `[ ]` means that several can be. */
export function quizFrom(question: string, lines: readonly string[], taken: Set<string>): string | undefined {
  const choices = lines.flatMap((line): Choice[] => {
    const match = CHOICE.exec(line);
    return match
      ? [{ text: plainLine(match[2] ?? '', 400), right: (match[1] ?? '').toLowerCase() === 'x' }]
      : [];
  });
  const right = choices.filter((choice) => choice.right).length;
  if (choices.length < 2 || choices.length > 8 || right === 0) return undefined;
  const many = right > 1 || lines.some((line) => /^\s*[-*]\s+\[/.test(line));
  return yamlBlock('quiz', {
    id: freeId(slugOf(question).split('-').slice(0, 5).join('-'), taken),
    question: plainLine(question, 400),
    choices: choices.map(({ text, right: isRight }) => (isRight ? { text, right: true } : { text })),
    ...(many && { many: true }),
  });
}

/** `id`, or with a number behind it when that is taken; taken from now on. */
export function freeId(id: string, taken: Set<string>): string {
  for (let count = 1; ; count += 1) {
    const tried = count === 1 ? id : `${id}-${count}`;
    if (taken.has(tried)) continue;
    taken.add(tried);
    return tried;
  }
}
