import type { Lesson, QueuePlace, SessionUsageView, SessionView, TaskView } from '../server/protocol.ts';
import type { ConnectionState } from './socket.ts';
import type { TabsState } from './terminal/tabs.ts';

export type Stage =
  /** The server is asked for the machine. */
  | { readonly name: 'opening' }
  | { readonly name: 'open' }
  /** The host is full: the machine comes by itself when it is the learner's turn. */
  | ({ readonly name: 'waiting' } & QueuePlace)
  /** There is no such lesson. */
  | { readonly name: 'missing' }
  /** The server would not give a machine. */
  | { readonly name: 'refused'; readonly reason: string; readonly status: number | null }
  /** The machine is gone for good. */
  | { readonly name: 'ended'; readonly reason: string };

export interface Notice {
  readonly id: number;
  readonly level: 'info' | 'warning';
  readonly message: string;
}

export type Action = 'resume' | 'reset' | 'keep' | 'back' | 'extend' | 'end';

export interface WorkspaceState extends TabsState {
  readonly stage: Stage;
  readonly connection: ConnectionState;
  readonly lesson: Lesson | null;
  readonly session: SessionView | null;
  readonly tasks: ReadonlyMap<string, TaskView>;
  readonly usage: SessionUsageView | null;
  readonly notices: readonly Notice[];
  /** What is being done on the learner's word at this moment. */
  readonly action: Action | null;
  /** For screen readers: what has just happened. */
  readonly announcement: string;
}

/** Before anything is known. */
export const START: WorkspaceState = {
  stage: { name: 'opening' },
  connection: { name: 'connecting' },
  lesson: null,
  session: null,
  tasks: new Map(),
  usage: null,
  terminals: [],
  active: null,
  notices: [],
  action: null,
  announcement: '',
};

export function progress(tasks: ReadonlyMap<string, TaskView>): { done: number; total: number } {
  const done = [...tasks.values()].filter(({ state }) => state === 'done').length;
  return { done, total: tasks.size };
}

export function taskTitle(lesson: Lesson | null, id: string): string {
  const blocks = lesson?.steps.flatMap((step) => step.blocks) ?? [];
  for (const block of blocks) if (block.type === 'task' && block.id === id) return block.title;
  return id;
}
