import type { AdminOverview } from '../server/protocol.ts';
import { request } from './api.ts';

/** The token is kept for this tab alone, and for no longer than it is open. */
const KEY = 'slipway-admin-token';

export const adminToken = {
  get: (): string | null => sessionStorage.getItem(KEY),
  set: (token: string): void => sessionStorage.setItem(KEY, token),
  forget: (): void => sessionStorage.removeItem(KEY),
};

/** What the admin page asks; rejects with an `ApiError`: 403 for a wrong token, 404 where the server has none. */
export const adminApi = {
  overview: (): Promise<AdminOverview> => ask('GET', '/api/admin'),
  end: (id: string): Promise<void> => ask('DELETE', `/api/admin/sessions/${id}`),
  say: (message: string): Promise<{ pages: number }> => ask('POST', '/api/admin/message', { message }),
};

const ask = <T>(method: string, path: string, body?: unknown): Promise<T> =>
  request(method, path, body, { authorization: `Bearer ${adminToken.get() ?? ''}` });
