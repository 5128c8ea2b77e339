/**
 * What a page shows of a lesson, in the order of its text. Types alone: they are part of the contract with the page.
 * Texts may have `{{name}}` in them, which the page replaces by the learner's own values as they become known.
 */
export type LessonBlock =
  /** Rendered from Markdown, without raw HTML. */
  | { readonly type: 'prose'; readonly html: string }
  | { readonly type: 'note'; readonly level: NoteLevel; readonly html: string }
  | CommandBlock
  | FileBlock
  | TaskBlock
  | QuizBlock
  | PredictBlock
  | LayersBlock;

export type NoteLevel = 'note' | 'tip' | 'important' | 'warning' | 'caution';

/** Shell lines. */
export interface CommandBlock {
  readonly type: 'command';
  readonly text: string;
  /** `false`: to be copied, not run with a click. */
  readonly run: boolean;
  /** Ends what runs in the terminal with Ctrl-C first. */
  readonly interrupt: boolean;
  /** The terminal it runs in, counted from 1 as on the tabs; the active one when absent. */
  readonly terminal?: number;
}

/** A file to be opened in the editor or saved as it stands. */
export interface FileBlock {
  readonly type: 'file';
  /** Its place among the files of the lesson: what the page names when it asks for it to be saved. */
  readonly index: number;
  /** Absolute, in the learner's machine. */
  readonly path: string;
  readonly language: string;
  readonly text: string;
}

export interface TaskBlock {
  readonly type: 'task';
  readonly id: string;
  readonly title: string;
  /** How many conditions it has: what is found of each is shown, and has its place beforehand. */
  readonly checks: number;
  /** To be unfolded one after another. */
  readonly hints: readonly TextHint[];
  /** The last hint: placed at the prompt, not run. */
  readonly solution?: string;
}

export interface TextHint {
  readonly text: string;
  /** Minutes after which it unfolds by itself while the task is the next one. */
  readonly after?: number;
}

export interface QuizBlock {
  readonly type: 'quiz';
  readonly id: string;
  readonly question: string;
  readonly answer: 'one' | 'many' | 'text';
  /** Empty for an answer in words. */
  readonly choices: readonly string[];
}

/** Answered before the command is run; the engine then tells what was right. */
export interface PredictBlock {
  readonly type: 'predict';
  readonly id: string;
  readonly question: string;
  /** Empty for an answer in words. */
  readonly choices: readonly string[];
  /** To be run once something was predicted. */
  readonly run?: string;
}

/** Images and containers as stacks of layers, the newest on top. */
export interface LayersBlock {
  readonly type: 'layers';
  readonly caption: string;
  readonly stacks: readonly LayerStack[];
}

export interface LayerStack {
  readonly name: string;
  readonly layers: readonly DrawnLayer[];
}

export interface DrawnLayer {
  /** Layers of the same text are drawn as the same one. */
  readonly text: string;
  readonly note?: string;
  /** `writable`: a container's own; `faded`: not there any more, or not looked at. */
  readonly look: 'plain' | 'new' | 'writable' | 'faded';
}

export interface LessonStep {
  readonly id: string;
  readonly title: string;
  /** Something is made ready in the machine when the step begins. */
  readonly prepared: boolean;
  readonly blocks: readonly LessonBlock[];
}
