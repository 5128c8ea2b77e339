/**
 * Progress for work that may take longer than a second. On a terminal one line is rewritten in place with the
 * seconds counted up; elsewhere (CI, a log) a line is printed at the beginning, every ten seconds and at the end.
 * What is done within a second prints nothing.
 */

export interface Task {
  /** What the task is doing right now, in a few words. */
  detail(text: string): void;
}

export interface Progress {
  /** Runs `work` under `title` and returns its result. */
  task<T>(title: string, work: (task: Task) => Promise<T>): Promise<T>;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const QUIET_MS = 1_000;
const REDRAW_MS = 250;
const REPEAT_MS = 10_000;

export function createProgress(
  output: Output,
  style: 'live' | 'lines' = output.isTTY ? 'live' : 'lines',
): Progress {
  const lines = style === 'live' ? liveLines(output) : plainLines(output);
  return {
    async task(title, work) {
      const line = lines();
      const started = Date.now();
      let detail = '';
      const draw = (): void => line.draw(describe(title, detail, Date.now() - started));
      let timer = setTimeout(() => {
        draw();
        timer = setInterval(draw, style === 'live' ? REDRAW_MS : REPEAT_MS);
      }, QUIET_MS);
      const finish = (word: string): void => {
        clearTimeout(timer);
        const elapsed = Date.now() - started;
        if (elapsed >= QUIET_MS) line.end(`${title}: ${word} after ${seconds(elapsed)}.`);
      };
      try {
        const result = await work({ detail: (text) => (detail = text) });
        finish('ready');
        return result;
      } catch (error) {
        finish('failed');
        throw error;
      }
    },
  };
}

/** Tests and quick commands need no progress. */
export const noProgress: Progress = {
  task: (_title, work) => work({ detail: () => undefined }),
};

interface Line {
  draw(text: string): void;
  end(text: string): void;
}

/** One line of the screen for all tasks at work, side by side. */
function liveLines(output: Output): () => Line {
  const clear = '\r\x1b[K';
  const texts = new Map<Line, string>();
  const redraw = (): void => {
    output.write(clear + [...texts.values()].join('   ').slice(0, (output.columns ?? 80) - 1));
  };
  return () => {
    const line: Line = {
      draw: (text) => {
        texts.set(line, text);
        redraw();
      },
      end: (text) => {
        texts.delete(line);
        output.write(`${clear}${text}\n`);
        if (texts.size > 0) redraw();
      },
    };
    return line;
  };
}

function plainLines(output: Output): () => Line {
  const print = (text: string): unknown => output.write(`${text}\n`);
  return () => ({ draw: print, end: print });
}

function describe(title: string, detail: string, elapsedMs: number): string {
  return `${title}: ${detail === '' ? 'working' : detail} … ${seconds(elapsedMs)}`;
}

function seconds(elapsedMs: number): string {
  return `${Math.round(elapsedMs / 1000)} s`;
}
