import type { Learner } from '../../cli/lesson/learner.ts';
import type { Reply, TerminalScreen, TerminalView } from '../../server/protocol.ts';

/** A key that is not on the screen after so long counts as so long, in milliseconds. */
const LOST_MS = 10_000;
/** A line is begun anew after so many keys, so that it never wraps. */
const LINE_KEYS = 40;
const SIZE = { columns: 100, rows: 30 };

/** A terminal of the learner's at its prompt, in which single keys are typed and their echo is waited for. */
export class EchoProbe {
  readonly #learner: Learner;
  readonly #id: string;
  #typed = 0;
  #echoed: (data: string) => void = () => undefined;

  private constructor(learner: Learner, id: string) {
    this.#learner = learner;
    this.#id = id;
    learner.page.on('terminal:output', ({ id: of, offset, data }) => {
      if (of !== id) return;
      learner.page.emit('terminal:acknowledge', { id, offset: offset + data.length });
      this.#echoed(data);
    });
  }

  /** Resolves when the prompt is there. */
  static async open(learner: Learner): Promise<EchoProbe> {
    const opened = (await learner.page
      .timeout(LOST_MS)
      .emitWithAck('terminal:open', SIZE)) as Reply<TerminalView>;
    if (!opened.ok) throw new Error(opened.error);
    const probe = new EchoProbe(learner, opened.value.id);
    let prompt = (): void => undefined;
    const prompted = new Promise<void>((resolve) => (prompt = resolve));
    probe.#echoed = (data) => {
      if (/[#$] $/u.test(plain(data))) prompt();
    };
    const wish = { id: opened.value.id, ...SIZE };
    const attached = (await learner.page
      .timeout(LOST_MS)
      .emitWithAck('terminal:attach', wish)) as Reply<TerminalScreen>;
    if (!attached.ok) throw new Error(attached.error);
    if (/[#$] $/u.test(plain(attached.value.screen))) prompt();
    await within(prompted, 'The prompt did not come.');
    return probe;
  }

  /** Types one key and resolves to the milliseconds until the server has sent its echo. */
  async key(): Promise<number> {
    const { page } = this.#learner;
    this.#typed += 1;
    if (this.#typed % LINE_KEYS === 0) page.emit('terminal:input', { id: this.#id, data: '\u0015' });
    const begun = performance.now();
    const echo = new Promise<void>((resolve) => {
      this.#echoed = (data) => {
        if (data.includes('x')) resolve();
      };
    });
    page.emit('terminal:input', { id: this.#id, data: 'x' });
    return within(echo, '').then(
      () => performance.now() - begun,
      () => LOST_MS,
    );
  }
}

const plain = (text: string): string =>
  text.replaceAll(/\u001b(?:\[[0-9;?]*[a-zA-Z]|\][^\u0007]*\u0007)/gu, '');

async function within(work: Promise<void>, sentence: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(sentence)), LOST_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
