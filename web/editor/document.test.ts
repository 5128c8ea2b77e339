import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileChanged, FileTooLarge } from '../files/files.ts';
import { OpenDocument } from './document.ts';

/** The machine's side, in the hands of the test. */
class Machine {
  content: string | Uint8Array | null = 'one';
  version = 1;
  failing = '';
  /** What is written arrives, and the answer is lost. */
  deaf = false;
  readonly written: [string, string][] = [];

  change(content: string | null): void {
    this.content = content;
    this.version += 1;
  }

  readonly read = async () => {
    if (this.failing) throw new Error(this.failing);
    if (this.content === null) throw new Error('There is no such file.');
    const bytes = typeof this.content === 'string' ? new TextEncoder().encode(this.content) : this.content;
    if (bytes.length > 2 * 1024 * 1024) throw new FileTooLarge(bytes.length);
    return { bytes, version: String(this.version) };
  };

  readonly write = async (path: string, body: BodyInit, version: string) => {
    if (this.failing) throw new Error(this.failing);
    const fits = version === 'any' || version === 'new' || version === String(this.version);
    if (!fits || (this.content === null && version !== 'any' && version !== 'new')) throw new FileChanged();
    const text = typeof body === 'string' ? body : '';
    this.written.push([path, text]);
    if (path === 'a') this.change(text);
    if (this.deaf) throw new Error('The server cannot be reached.');
    return { version: String(this.version), size: 0 };
  };
}

let machine: Machine;
let document: OpenDocument;
let text: string;

async function open(): Promise<void> {
  document = new OpenDocument({ path: 'a', files: machine, changed: () => undefined });
  text = (await document.load()) ?? '';
  document.bind({ get: () => text, set: (next) => (text = next) });
}

async function type(next: string): Promise<void> {
  text = next;
  document.typed();
  await vi.advanceTimersByTimeAsync(500);
}

beforeEach(() => {
  vi.useFakeTimers();
  machine = new Machine();
});
afterEach(() => vi.useRealTimers());

describe('an open file', () => {
  it('is saved as it is typed', async () => {
    await open();
    text = 'two';
    document.typed();
    expect(document.state.name).toBe('typing');
    await vi.advanceTimersByTimeAsync(500);
    expect(document.state.name).toBe('saved');
    expect(machine.content).toBe('two');
    await type('three');
    expect(machine.content).toBe('three');
  });

  it('is not written twice for one change', async () => {
    await open();
    for (const each of ['t', 'tw', 'two']) {
      text = each;
      document.typed();
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(500);
    expect(machine.written).toEqual([['a', 'two']]);
  });

  it('shows what the terminal wrote', async () => {
    await open();
    machine.change('by the terminal');
    await document.seen('2');
    expect(text).toBe('by the terminal');
    expect(document.state.name).toBe('saved');
  });

  it('loses nobody’s text when both have written', async () => {
    await open();
    machine.change('by the terminal');
    await type('mine');
    expect(document.state).toEqual({ name: 'conflict', other: 'by the terminal' });
    expect([text, machine.content]).toEqual(['mine', 'by the terminal']);
    await type('mine still');
    expect(machine.content).toBe('by the terminal');
  });

  it('then takes mine', async () => {
    await open();
    machine.change('by the terminal');
    await type('mine');
    await document.keepMine();
    expect([machine.content, document.state.name]).toEqual(['mine', 'saved']);
  });

  it('or keeps both', async () => {
    await open();
    machine.change('by the terminal');
    await type('mine');
    const beside = await document.keepBoth();
    expect(machine.written).toEqual([[beside, 'mine']]);
    expect([text, machine.content, document.state.name]).toEqual([
      'by the terminal',
      'by the terminal',
      'saved',
    ]);
  });

  it('has no conflict where both wrote the same', async () => {
    await open();
    machine.change('same');
    await type('same');
    expect(document.state.name).toBe('saved');
    await type('more');
    expect(machine.content).toBe('more');
  });

  it('has no conflict with its own text, of which the server did not live to tell', async () => {
    await open();
    machine.deaf = true;
    await type('two');
    expect([document.state.name, machine.content]).toEqual(['unsaved', 'two']);
    Object.assign(machine, { deaf: false, failing: 'The server cannot be reached.' });
    await type('two, three');
    machine.failing = '';
    await vi.advanceTimersByTimeAsync(3500);
    expect([document.state.name, machine.content]).toEqual(['saved', 'two, three']);
  });

  it('keeps what was typed while it was removed', async () => {
    await open();
    machine.change(null);
    await type('mine');
    expect(document.state).toEqual({ name: 'conflict', other: null });
    await document.keepMine();
    expect([machine.content, document.state.name]).toEqual(['mine', 'saved']);
  });

  it('is tried again until it is written', async () => {
    await open();
    machine.failing = 'The server cannot be reached.';
    await type('two');
    expect(document.state).toEqual({ name: 'unsaved', reason: 'The server cannot be reached.' });
    expect(document.dirty).toBe(true);
    machine.failing = '';
    await vi.advanceTimersByTimeAsync(4000);
    expect([machine.content, document.dirty]).toEqual(['two', false]);
  });

  it('tells once that it is gone, though whoever hears of it looks again', async () => {
    await open();
    let told = 0;
    document = new OpenDocument({
      path: 'a',
      files: machine,
      changed: () => {
        told += 1;
        if (told < 100) void document.seen(undefined);
      },
    });
    await document.load();
    await vi.advanceTimersByTimeAsync(100);
    expect([document.state.name, told]).toEqual(['gone', 2]);
  });

  it('is gone when it was removed, and back when it is back', async () => {
    await open();
    machine.change(null);
    await document.seen(undefined);
    expect(document.state.name).toBe('gone');
    machine.change('again');
    await document.seen('3');
    expect([text, document.state.name]).toEqual(['again', 'saved']);
  });

  it.each([
    ['no text', new Uint8Array([0xff, 0xfe, 0x41]), 'no text'],
    ['bytes of zero', new Uint8Array([65, 0, 66]), 'no text'],
    ['too large', 'x'.repeat(2 * 1024 * 1024 + 1), '2.0 MiB'],
  ])('is not edited when it is %s', async (_what, content, words) => {
    machine.content = content;
    await open();
    expect(document.state).toMatchObject({ name: 'shut', reason: expect.stringContaining(words) as string });
  });
});
