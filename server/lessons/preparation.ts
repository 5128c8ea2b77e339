import type { FileBlock } from '../../lessons/blocks.ts';
import type { Task } from '../../lessons/exercises.ts';
import type { LessonSource } from '../../lessons/schema.ts';
import { absolutePath, type Setup } from '../../lessons/setup.ts';
import { substitute, substituteAll } from '../../lessons/variables.ts';
import { boundedLines } from '../engine/bounded.ts';
import type { EngineClient } from '../engine/client.ts';
import { ScriptResult } from '../engine/schemas.ts';
import { Refusal } from '../refusal.ts';

const SCRIPT_MS = 90_000;
const PULL_LINE_MAX_BYTES = 64 * 1024;
/** Code units of what a script printed that are told. */
const SAID_MAX = 300;

type Values = Readonly<Record<string, string>>;

/** Makes ready in a machine what a lesson needs there. Everything rejects with a `Refusal` whose sentence says what failed. */
export class Preparation {
  readonly #engine: EngineClient;
  readonly #lesson: LessonSource;
  readonly #closed = new AbortController();

  constructor(engine: EngineClient, lesson: LessonSource) {
    this.#engine = engine;
    this.#lesson = lesson;
  }

  async setUp(setup: Setup, values: Values): Promise<void> {
    const { pull, files, run } = substituteAll(setup, values);
    for (const image of pull) await this.#pull(image);
    for (const { path, content = '', mode } of files) await this.#write(path, content, mode);
    if (run !== undefined) await this.run(run);
  }

  /** Saves a file of the lesson's text, as a click of the learner asks for. */
  async save(index: number, values: Values): Promise<void> {
    const blocks = this.#lesson.steps.flatMap((step) => step.blocks);
    const file = blocks.find((block): block is FileBlock => block.type === 'file' && block.index === index);
    if (!file) throw new Refusal('not-found', 'The lesson has no such file.');
    await this.#write(substitute(file.path, values), substitute(file.text, values));
  }

  async run(script: string): Promise<void> {
    const { exitCode, timedOut, output } = await this.#script(`set -e\n${script}\n`);
    if (timedOut) throw new Refusal('unavailable', 'It took too long.');
    if (exitCode !== 0) throw new Refusal('unavailable', said(output));
  }

  /** Solves a task as its author does; one without a solution is left to the learner. */
  async replay({ solution, replay }: Pick<Task, 'solution' | 'replay'>, values: Values): Promise<void> {
    const script = replay ?? solution;
    if (script !== undefined) await this.run(substitute(script, values));
  }

  close(): void {
    this.#closed.abort();
  }

  /** Written as a whole or not at all; folders on the way are made. A file that is there keeps its mode unless one is given. */
  async #write(path: string, content: string, mode?: string): Promise<void> {
    const target = quoted(absolutePath(path));
    // In lines, as base64: no text can be taken for anything else.
    const lines = Buffer.from(content).toString('base64').replace(/.{76}/g, '$&\n');
    const script = [
      `mkdir -p "$(dirname ${target})"`,
      `base64 -d > ${target} <<'END'`,
      lines,
      'END',
      ...(mode === undefined ? [] : [`chmod ${mode} ${target}`]),
    ].join('\n');
    await this.run(script);
  }

  async #pull(reference: string): Promise<void> {
    const path = `/v1.41/images/create?fromImage=${encodeURIComponent(reference)}${hasTag(reference) ? '' : '&tag=latest'}`;
    const stream = await this.#engine.stream(path, this.#closed.signal, { body: {} });
    for await (const line of boundedLines(stream, PULL_LINE_MAX_BYTES)) {
      const error = errorOf(line);
      if (error !== undefined)
        throw new Refusal('unavailable', `\`docker pull ${reference}\`: ${said(error)}`);
    }
  }

  #script(script: string): Promise<ScriptResult> {
    return this.#engine.call('POST', '/slipway/run', ScriptResult, {
      body: { script, timeoutMs: SCRIPT_MS },
      timeoutMs: SCRIPT_MS + 5000,
      signal: this.#closed.signal,
    });
  }
}

function hasTag(reference: string): boolean {
  return /[:@]/.test(reference.slice(reference.lastIndexOf('/') + 1));
}

function errorOf(line: string): string | undefined {
  try {
    const parsed = JSON.parse(line) as { error?: unknown };
    return typeof parsed.error === 'string' ? parsed.error : undefined;
  } catch {
    return undefined;
  }
}

/** The last of what a program said, in one line. */
function said(output: string): string {
  const line = output.replace(/[\s`]+/g, ' ').trim();
  return line === '' ? 'A command failed without a word.' : line.slice(-SAID_MAX);
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
