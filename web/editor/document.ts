import { sentence } from '../api.ts';
import { FileChanged, FileTooLarge, type LearnerFiles } from '../files/files.ts';
import { join, nameOf, parentOf } from '../files/paths.ts';

/** What the learner sees of how a file is. */
export type DocumentState =
  | { readonly name: 'opening' }
  | { readonly name: 'saved' }
  | { readonly name: 'typing' }
  | { readonly name: 'saving' }
  /** What was typed is only in this page; it is tried again. */
  | { readonly name: 'unsaved'; readonly reason: string }
  /** Typed here and changed elsewhere; `other` is the text that the machine has, `null` where it was removed. */
  | { readonly name: 'conflict'; readonly other: string | null }
  /** It cannot be edited: a sentence says why. */
  | { readonly name: 'shut'; readonly reason: string }
  /** Removed in the machine, and nothing was typed here since. */
  | { readonly name: 'gone' };

/** The text as the editor holds it. */
export interface DocumentText {
  get(): string;
  /** Replaces the text so that it can be undone. */
  set(text: string): void;
}

export interface DocumentOptions {
  readonly path: string;
  readonly files: Pick<LearnerFiles, 'read' | 'write'>;
  readonly changed: () => void;
}

export const TEXT_MAX_BYTES = 2 * 1024 * 1024;
const SAVE_AFTER_MS = 400;
const AGAIN_MS = 3000;

/**
 * One open file. What is typed is written a moment later over the version it was typed on; where the machine has another
 * one nobody's text is written over: the learner chooses.
 */
export class OpenDocument {
  readonly path: string;
  readonly #files: DocumentOptions['files'];
  readonly #changed: () => void;
  #state: DocumentState = { name: 'opening' };
  #text: DocumentText | null = null;
  #version = '';
  /** The text that was sent first since an answer came: the machine may have it, although nobody said so. */
  #unanswered: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor({ path, files, changed }: DocumentOptions) {
    this.path = path;
    this.#files = files;
    this.#changed = changed;
  }

  get state(): DocumentState {
    return this.#state;
  }

  /** Of the text that was last read or written. */
  get version(): string {
    return this.#version;
  }

  /** Something that was typed is nowhere but here. */
  get dirty(): boolean {
    return ['typing', 'saving', 'unsaved', 'conflict'].includes(this.#state.name);
  }

  /** Reads the file, and resolves to its text; to null where it cannot be edited. */
  async load(): Promise<string | null> {
    try {
      const { text, version } = await this.#read();
      this.#version = version;
      this.#become({ name: 'saved' });
      return text;
    } catch (error) {
      this.#become({ name: 'shut', reason: shutReason(error) });
      return null;
    }
  }

  /** The text that is typed into from now on. */
  bind(text: DocumentText): void {
    this.#text = text;
  }

  typed(): void {
    if (this.#state.name === 'conflict' || this.#state.name === 'shut') return;
    this.#become({ name: 'typing' });
    this.#saveAfter(SAVE_AFTER_MS);
  }

  /** Writes now what is not written yet. */
  async save(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#state.name !== 'typing' && this.#state.name !== 'unsaved') return;
    const text = this.#text?.get() ?? '';
    this.#become({ name: 'saving' });
    try {
      const { version } = await this.#files.write(this.path, text, this.#version);
      this.#version = version;
      this.#unanswered = null;
      this.#afterSaving({ name: 'saved' });
    } catch (error) {
      if (error instanceof FileChanged) return this.#meetOther(text);
      this.#unanswered ??= text;
      this.#afterSaving({ name: 'unsaved', reason: sentence(error) });
    }
  }

  /** A listing shows this version of the file; undefined: it is not there. */
  async seen(version: string | undefined): Promise<void> {
    if (version === this.#version && this.#state.name === 'gone') this.#become({ name: 'saved' });
    const idle = this.#state.name === 'saved' || this.#state.name === 'gone';
    if (!idle || version === this.#version) return;
    if (version === undefined) {
      // Told once: whoever hears of it looks again.
      if (this.#state.name !== 'gone') this.#become({ name: 'gone' });
      return;
    }
    await this.#reload();
  }

  /** The end of a conflict: what was typed here is written over what the machine has. */
  async keepMine(): Promise<void> {
    if (this.#state.name !== 'conflict') return;
    if (this.#state.other === null) this.#version = 'any';
    this.#become({ name: 'typing' });
    await this.save();
  }

  /** The end of a conflict: the machine's text, and what was typed here is a file beside it. Resolves to its path. */
  async keepBoth(): Promise<string | null> {
    if (this.#state.name !== 'conflict' || !this.#text) return null;
    const beside = join(parentOf(this.path), `${nameOf(this.path)}.mine-${Date.now().toString(36)}`);
    try {
      await this.#files.write(beside, this.#text.get(), 'new');
    } catch (error) {
      this.#become({ name: 'unsaved', reason: sentence(error) });
      return null;
    }
    await this.#takeTheirs();
    return beside;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #takeTheirs(): Promise<void> {
    this.#become({ name: 'saved' });
    this.#version = '';
    await this.#reload();
  }

  async #reload(): Promise<void> {
    try {
      const { text, version } = await this.#read();
      // Somebody may have begun to type while it was read: then the next save tells of the conflict.
      if (this.#state.name !== 'saved' && this.#state.name !== 'gone') return;
      this.#version = version;
      if (text !== this.#text?.get()) this.#text?.set(text);
      this.#become({ name: 'saved' });
    } catch (error) {
      if (this.#state.name === 'saved') this.#become({ name: 'shut', reason: shutReason(error) });
    }
  }

  /** The machine has another version than the one that was typed on. */
  async #meetOther(mine: string): Promise<void> {
    const unanswered = this.#unanswered;
    this.#unanswered = null;
    try {
      const { text, version } = await this.#read();
      this.#version = version;
      if (text === mine) this.#afterSaving({ name: 'saved' });
      else if (text === unanswered) this.typed();
      else this.#become({ name: 'conflict', other: text });
    } catch {
      this.#become({ name: 'conflict', other: null });
    }
  }

  #afterSaving(state: DocumentState): void {
    // What was typed while it was written is still to be written.
    if (this.#state.name === 'saving') this.#become(state);
    if (state.name === 'unsaved') this.#saveAfter(AGAIN_MS);
  }

  #saveAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      // One write at a time: the version of the next one comes with the answer.
      if (this.#state.name === 'saving') this.#saveAfter(ms);
      else void this.save();
    }, ms);
  }

  #become(state: DocumentState): void {
    this.#state = state;
    this.#changed();
  }

  async #read(): Promise<{ text: string; version: string }> {
    const { bytes, version } = await this.#files.read(this.path, TEXT_MAX_BYTES);
    if (bytes.includes(0)) throw new NoText();
    try {
      return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), version };
    } catch {
      throw new NoText();
    }
  }
}

class NoText extends Error {}

function shutReason(error: unknown): string {
  if (error instanceof FileTooLarge) {
    const mib = (error.size / 1024 ** 2).toFixed(1);
    return `This file has ${mib} MiB; the editor opens up to 2 MiB. It can be downloaded, or read in the terminal with less.`;
  }
  if (error instanceof NoText) return 'This file is no text. It can be downloaded.';
  return sentence(error);
}
