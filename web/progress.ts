import type { Catalogue, LearnerProgress, ProgressImported } from '../server/protocol.ts';
import { request } from './api.ts';

/** What the front page asks of the server beside lessons and machines. */
export const progressApi = {
  catalogue: () => request<Catalogue>('GET', '/api/catalogue'),
  progress: () => request<LearnerProgress>('GET', '/api/progress'),
  forget: () => request<undefined>('DELETE', '/api/progress'),
  /** Where a file of the learner's progress can be had. */
  file: '/api/progress/file',
  bring: (file: unknown) => request<ProgressImported>('POST', '/api/progress/file', file),
  reachStep: (lesson: string, step: string) => request<undefined>('PUT', `/api/progress/${lesson}`, { step }),
};

/** Whether machines can be had at this moment. */
export async function serviceIsReady(): Promise<boolean> {
  return fetch('/readyz').then(
    ({ ok }) => ok,
    () => false,
  );
}
