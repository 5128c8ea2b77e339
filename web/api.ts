import type { Lesson, LessonProblem, LessonSummary, QueuePlace, SessionView } from '../server/protocol.ts';
import { followQueue, type QueueListener } from './queue.ts';

/** The server's refusal; the message is its sentence. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What the page asks of the server over HTTP. Rejects with an `ApiError`, or a sentence when nothing answered. */
export interface Api {
  lessons(): Promise<readonly LessonSummary[]>;
  lesson(slug: string): Promise<Lesson>;
  sessions(): Promise<readonly SessionView[]>;
  /**
   * The learner's machine for that lesson (`null`: the bare one), made or booted when needed; or, while the host is full, the
   * learner's place in the queue.
   */
  openSession(lesson: string | null): Promise<SessionView | QueuePlace>;
  /** Follows the place until the returned function is called; the place itself stays for a while. */
  followQueue(listener: QueueListener): () => void;
  leaveQueue(): Promise<void>;
  /** Boots it; or, while the host is full, the learner's place in the queue. */
  resumeSession(id: string): Promise<SessionView | QueuePlace>;
  /** A new disk; with a step of its lesson, on which all before it is done again. */
  resetSession(id: string, step?: string): Promise<SessionView>;
  /** Keeps the machine as it is now. */
  keepMoment(id: string): Promise<SessionView>;
  /** Brings machine and lesson back to a moment. */
  goBack(id: string, moment: string): Promise<SessionView>;
  extendSession(id: string): Promise<SessionView>;
  endSession(id: string): Promise<void>;
}

export const api: Api = {
  lessons: () => get('/api/lessons'),
  lesson: (slug) => get(`/api/lessons/${slug}`),
  sessions: () => get('/api/sessions'),
  openSession: (lesson) => request('POST', '/api/sessions', { lesson }),
  followQueue,
  leaveQueue: () => request('DELETE', '/api/queue'),
  resumeSession: (id) => request('POST', `/api/sessions/${id}/resume`),
  resetSession: (id, step) =>
    request('POST', `/api/sessions/${id}/reset`, step === undefined ? undefined : { step }),
  keepMoment: (id) => request('POST', `/api/sessions/${id}/moments`),
  goBack: (id, moment) => request('POST', `/api/sessions/${id}/back`, { moment }),
  extendSession: (id) => request('POST', `/api/sessions/${id}/extend`),
  endSession: (id) => request('DELETE', `/api/sessions/${id}`),
};

/** What keeps a lesson from being read; only a preview tells. */
export const lessonProblems = (slug: string): Promise<readonly LessonProblem[]> =>
  get(`/api/lessons/${slug}/problems`);

/** A sentence for the learner, whatever was thrown. */
export const sentence = (error: unknown): string =>
  error instanceof Error ? error.message : 'Something went wrong. Try again in a moment.';

const get = <T>(path: string): Promise<T> => request('GET', path);

export async function request<T>(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const init: RequestInit = { method, credentials: 'same-origin', headers };
  if (body !== undefined) {
    init.headers = { ...headers, 'content-type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new Error('The server cannot be reached. Check the connection, then try again.');
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

/** The sentence of an answer that is none. */
export async function refusal(response: Response): Promise<ApiError> {
  const answer: unknown = await response.json().catch(() => null);
  const told = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : null;
  const message =
    typeof told === 'string' ? told : `The server could not do this (status ${response.status}). Try again.`;
  return new ApiError(response.status, message);
}
