import type { IncomingMessage } from 'node:http';
import { RegistryError } from '../store/errors.ts';

export type Action = 'pull' | 'push' | 'delete';

/** Who asks. */
export interface Caller {
  /** Absent for somebody nobody knows. */
  readonly account?: string;
}

/** Who may do what. All of it answers by throwing `RegistryError`, or not. */
export interface Access<C extends Caller = Caller> {
  /** Throws `UNAUTHORIZED` for a proof that is none. */
  identify(request: IncomingMessage): C;
  /** Whether the caller may say hello: the question by which clients find out how to prove who they are. */
  greet(caller: C, request: IncomingMessage): void;
  authorize(caller: C, name: string, action: Action, request: IncomingMessage): void;
  /** What somebody hears of a repository that is not there. */
  unknown(caller: C, name: string): RegistryError;
}

/** Everybody may do everything. */
export const openAccess: Access = {
  identify: () => ({}),
  greet: () => undefined,
  authorize: () => undefined,
  unknown: (_caller, name) => new RegistryError('NAME_UNKNOWN', { detail: { name } }),
};
