import type { ImageEngine } from '../image/engine.ts';
import { NOBODY, credentialsFrom } from '../registry/client/credentials.ts';
import { readObject } from './body.ts';
import { sendJson } from './respond.ts';
import type { Route } from './router.ts';

/** `docker login`. */
export const authRoutes = ({ remote }: ImageEngine): Route[] => [
  {
    method: 'POST',
    path: '/auth',
    handle: async (call) => {
      const credentials = credentialsFrom(await readObject(call)) ?? NOBODY;
      sendJson(call.response, 200, await remote.login(credentials, call.signal));
    },
  },
];
