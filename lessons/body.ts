import type { LessonBlock, LessonStep } from './blocks.ts';
import { drawLayers, LayersDiagram } from './diagram.ts';
import { Prediction, Quiz, rungsOf, Task, type Exercise } from './exercises.ts';
import { isYamlBlock, parseFence, YAML_BLOCKS, type Fence, type YamlBlock } from './fence.ts';
import { parseMarkdown, type MarkdownPart } from './markdown.ts';
import type { LessonProblem } from './problems.ts';
import { machinePath, Setup } from './setup.ts';
import { parseYaml } from './yaml.ts';

export interface Body {
  readonly steps: readonly LessonStep[];
  readonly exercises: readonly Exercise[];
  readonly setups: ReadonlyMap<string, Setup>;
  readonly problems: readonly LessonProblem[];
}

export interface BodyPlace {
  /** As it stands in problems. */
  readonly file: string;
  readonly firstLine: number;
  readonly picture: (path: string) => string | undefined;
  /** What else is wrong with a set-up, such as a file that is not there. */
  readonly checkSetup: (setup: Setup) => string[];
}

type FencePart = Extract<MarkdownPart, { type: 'fence' }>;

/** Steps of prose, commands, files and exercises. */
export function readBody(text: string, place: BodyPlace): Body {
  const reader = new BodyReader(place);
  const blocks = ['sh', ...YAML_BLOCKS];
  for (const part of parseMarkdown(text, { ...place, blocks })) reader.take(part);
  return reader.finish();
}

class BodyReader {
  readonly #place: BodyPlace;
  readonly #steps: { id: string; title: string; prepared: boolean; blocks: LessonBlock[] }[] = [];
  readonly #exercises: Exercise[] = [];
  readonly #setups = new Map<string, Setup>();
  readonly #problems: LessonProblem[] = [];
  #files = 0;
  #stepLine = 0;

  constructor(place: BodyPlace) {
    this.#place = place;
  }

  take(part: MarkdownPart): void {
    if (part.type === 'step') {
      this.#beginStep(part.title, part.line);
      return;
    }
    if (part.type === 'problem') {
      this.#problem(part.line, part.message);
      return;
    }
    if (this.#steps.length === 0) {
      this.#problem(part.line, 'Text stands in a step: begin with a `## ` heading.');
      return;
    }
    if (part.type === 'prose') {
      this.#add({ type: 'prose', html: part.html });
      return;
    }
    if (part.type === 'note') {
      this.#add({ type: 'note', level: part.level, html: part.html });
      return;
    }
    this.#takeFence(part);
  }

  finish(): Body {
    this.#checkStep();
    if (this.#steps.length === 0) this.#problem(1, 'A lesson has at least one step: a `## ` heading.');
    return {
      steps: this.#steps,
      exercises: this.#exercises,
      setups: this.#setups,
      problems: this.#problems,
    };
  }

  #beginStep(title: string, line: number): void {
    this.#checkStep();
    this.#stepLine = line;
    const id = slugify(title);
    if (this.#steps.some((step) => step.id === id)) this.#problem(line, `There are two steps “${title}”.`);
    this.#steps.push({ id, title, prepared: false, blocks: [] });
  }

  #checkStep(): void {
    const step = this.#steps.at(-1);
    if (step?.blocks.length === 0) this.#problem(this.#stepLine, `The step “${step.title}” is empty.`);
  }

  #takeFence(part: FencePart): void {
    const { info, text, html, line } = part;
    const fence = parseFence(info);
    if ('problem' in fence) {
      this.#problem(line, fence.problem);
      return;
    }
    if (isYamlBlock(fence.language)) {
      this.#takeYaml(fence.language, text, line);
      return;
    }
    if (fence.file !== undefined) {
      this.#takeFile(fence.file, fence, part);
      return;
    }
    if (fence.language !== 'sh') {
      this.#add({ type: 'prose', html });
      return;
    }
    if (text.trim() === '') {
      this.#problem(line, 'This command is empty.');
      return;
    }
    const { norun, interrupt, terminal } = fence;
    this.#add({
      type: 'command',
      text: text.replace(/\n+$/, ''),
      run: !norun,
      interrupt,
      ...(terminal === undefined ? {} : { terminal }),
    });
  }

  #takeFile(file: string, { language }: Fence, { text, line }: FencePart): void {
    const path = machinePath.safeParse(file);
    if (!path.success) {
      const why = path.error.issues[0]?.message ?? 'is no path';
      this.#problem(line, `The path \`${file}\` ${why}.`);
      return;
    }
    this.#add({ type: 'file', index: this.#files, path: path.data, language, text });
    this.#files += 1;
  }

  #takeYaml(block: YamlBlock, text: string, line: number): void {
    const step = this.#steps.at(-1);
    if (!step) return;
    const parse = <T>(schema: Parameters<typeof parseYaml<T>>[1]): T | undefined => {
      const parsed = parseYaml(text, schema, { file: this.#place.file, firstLine: line + 1 });
      if ('value' in parsed) return parsed.value;
      this.#problems.push(...parsed.problems);
      return undefined;
    };
    if (block === 'layers') {
      const diagram = parse(LayersDiagram);
      if (diagram) this.#add(drawLayers(diagram));
    } else if (block === 'setup') {
      const setup = parse(Setup);
      if (setup) this.#takeSetup(setup, step, line);
    } else if (block === 'task') {
      const task = parse(Task);
      if (task) this.#takeExercise({ type: 'task', step: step.id, ...task }, taskBlock(task), line);
    } else if (block === 'quiz') {
      const quiz = parse(Quiz);
      if (quiz) this.#takeExercise({ type: 'quiz', step: step.id, ...quiz }, quizBlock(quiz), line);
    } else {
      const prediction = parse(Prediction);
      if (prediction)
        this.#takeExercise({ type: 'predict', step: step.id, ...prediction }, predictBlock(prediction), line);
    }
  }

  #takeSetup(setup: Setup, step: { id: string; title: string; prepared: boolean }, line: number): void {
    if (this.#setups.has(step.id)) this.#problem(line, `The step “${step.title}” has two set-ups.`);
    for (const message of this.#place.checkSetup(setup)) this.#problem(line, message);
    this.#setups.set(step.id, setup);
    step.prepared = true;
  }

  #takeExercise(exercise: Exercise, block: LessonBlock, line: number): void {
    const other = this.#exercises.find(({ id }) => id === exercise.id);
    if (other) {
      const two = other.type === exercise.type ? PLURALS[other.type] : 'exercises';
      this.#problem(line, `There are two ${two} \`${exercise.id}\`.`);
    }
    this.#exercises.push(exercise);
    this.#add(block);
  }

  #add(block: LessonBlock): void {
    this.#steps.at(-1)?.blocks.push(block);
  }

  #problem(line: number, message: string): void {
    this.#problems.push({ file: this.#place.file, line, message });
  }
}

const PLURALS = { task: 'tasks', quiz: 'quizzes', predict: 'predictions' } as const;

function taskBlock(task: Task): LessonBlock {
  const { id, title, solution } = task;
  const hints = rungsOf(task)
    .filter(({ when }) => when === undefined)
    .map(({ text, after }) => ({ text, ...(after === undefined ? {} : { after }) }));
  return {
    type: 'task',
    id,
    title,
    checks: task.checks.length,
    hints,
    ...(solution === undefined ? {} : { solution }),
  };
}

function quizBlock({ id, question, choices, many }: Quiz): LessonBlock {
  const answer = choices === undefined ? 'text' : many ? 'many' : 'one';
  return { type: 'quiz', id, question, answer, choices: (choices ?? []).map(({ text }) => text) };
}

function predictBlock({ id, question, choices, run }: Prediction): LessonBlock {
  const texts = (choices ?? []).map(({ text }) => text);
  return { type: 'predict', id, question, choices: texts, ...(run === undefined ? {} : { run }) };
}

function slugify(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
