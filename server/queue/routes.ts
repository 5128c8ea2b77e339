import { Router, type Response } from 'express';
import { readLearner } from '../http/cookie.ts';
import type { Queue } from './queue.ts';

/** A line through proxies that end silent connections, in milliseconds. */
const SIGN_OF_LIFE_MS = 15_000;
/** Bytes that may wait for a page that does not read; then it is disconnected, and comes back by itself. */
const UNREAD_MAX_BYTES = 64 * 1024;

/** `/api/queue`: what `protocol.ts` promises. */
export function queueRoutes(queue: Queue): Router {
  const router = Router();

  router.get('/', (request, response) => {
    const learner = readLearner(request.headers.cookie);
    const events: string[] = [];
    // The first event comes before the answer has begun: whoever does not wait gets an empty one.
    let write = (text: string): void => void events.push(text);
    const stop =
      learner &&
      queue.follow(learner, ({ name, data }) => {
        write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
        if (name !== 'place') response.end();
      });
    if (!stop) {
      response.status(204).end();
      return;
    }
    begin(response);
    write = (text) => send(response, text);
    for (const text of events) write(text);
    const timer = setInterval(() => write(':\n\n'), SIGN_OF_LIFE_MS);
    response.once('close', () => {
      clearInterval(timer);
      stop();
    });
  });

  router.delete('/', (request, response) => {
    const learner = readLearner(request.headers.cookie);
    if (learner) queue.leave(learner);
    response.status(204).end();
  });
  return router;
}

function begin(response: Response): void {
  // The second header is for nginx, which would keep the events back.
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
}

function send(response: Response, text: string): void {
  if (response.writableEnded) return;
  response.write(text);
  if (response.writableLength > UNREAD_MAX_BYTES) response.destroy();
}
