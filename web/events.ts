import type { TerminalFace, TerminalSize } from './terminal/feed.ts';

/** Events of the page's elements. All bubble and cross shadow roots, so that a view hears them where it likes. */
const FAR = { bubbles: true, composed: true } as const;

/** How a command gets to a terminal. */
export interface RunManner {
  /** `false`: it is placed at the prompt, and the learner presses Enter. */
  readonly enter: boolean;
  /** Ctrl-C comes first. */
  readonly interrupt: boolean;
  /** Number of the tab; the active one when null. */
  readonly terminal: number | null;
}

export const RUN_HERE: RunManner = { enter: true, interrupt: false, terminal: null };

export class RunCommandEvent extends Event {
  static readonly type = 'slip-run';
  readonly command: string;
  readonly manner: RunManner;

  constructor(command: string, manner: Partial<RunManner> = {}) {
    super(RunCommandEvent.type, FAR);
    this.command = command;
    this.manner = { ...RUN_HERE, ...manner };
  }
}

/** The divider was moved; `position` is the percent that the first part takes. */
export class SplitMoveEvent extends Event {
  static readonly type = 'slip-split-move';
  readonly position: number;

  constructor(position: number) {
    super(SplitMoveEvent.type, FAR);
    this.position = position;
  }
}

export class ConfirmEvent extends Event {
  static readonly type = 'slip-confirm';

  constructor() {
    super(ConfirmEvent.type, FAR);
  }
}

/** What is shown has been read and may go. */
export class DismissEvent extends Event {
  static readonly type = 'slip-dismiss';

  constructor() {
    super(DismissEvent.type, FAR);
  }
}

/** The terminal has a place and a size and can show something. */
export class TerminalReadyEvent extends Event {
  static readonly type = 'slip-terminal-ready';
  readonly face: TerminalFace;

  constructor(face: TerminalFace) {
    super(TerminalReadyEvent.type, FAR);
    this.face = face;
  }
}

export class TerminalInputEvent extends Event {
  static readonly type = 'slip-terminal-input';
  readonly data: string;

  constructor(data: string) {
    super(TerminalInputEvent.type, FAR);
    this.data = data;
  }
}

export class TerminalResizeEvent extends Event {
  static readonly type = 'slip-terminal-resize';
  readonly size: TerminalSize;

  constructor(size: TerminalSize) {
    super(TerminalResizeEvent.type, FAR);
    this.size = size;
  }
}

/** A key pressed in a terminal that means all of them: `split` or not, or to the `other` one that is shown. */
export class TerminalPaneEvent extends Event {
  static readonly type = 'slip-terminal-pane';
  readonly action: 'split' | 'other';

  constructor(action: 'split' | 'other') {
    super(TerminalPaneEvent.type, FAR);
    this.action = action;
  }
}

export class LeaveTerminalEvent extends Event {
  static readonly type = 'slip-terminal-leave';

  constructor() {
    super(LeaveTerminalEvent.type, FAR);
  }
}

/** A file of the learner's machine is to be shown in the editor. */
export class OpenFileEvent extends Event {
  static readonly type = 'slip-open-file';
  /** As it was written: relative to the home, or absolute. */
  readonly path: string;
  /** Counted from one. */
  readonly line: number | undefined;
  /** What to put in it when there is no such file yet. */
  readonly content: string | undefined;

  constructor(path: string, options: { readonly line?: number; readonly content?: string } = {}) {
    super(OpenFileEvent.type, FAR);
    this.path = path;
    this.line = options.line;
    this.content = options.content;
  }
}

/** The list of files has another share of the editor's width; percent. */
export class FilesWidthEvent extends Event {
  static readonly type = 'slip-files-width';
  readonly position: number;

  constructor(position: number) {
    super(FilesWidthEvent.type, FAR);
    this.position = position;
  }
}

declare global {
  interface GlobalEventHandlersEventMap {
    'slip-run': RunCommandEvent;
    'slip-split-move': SplitMoveEvent;
    'slip-confirm': ConfirmEvent;
    'slip-dismiss': DismissEvent;
    'slip-open-file': OpenFileEvent;
    'slip-terminal-ready': TerminalReadyEvent;
    'slip-terminal-input': TerminalInputEvent;
    'slip-terminal-resize': TerminalResizeEvent;
    'slip-terminal-pane': TerminalPaneEvent;
    'slip-terminal-leave': LeaveTerminalEvent;
  }
}
