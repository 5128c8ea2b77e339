import type { QueueEvents, QueuePlace } from '../server/protocol.ts';

export interface QueueListener {
  place(place: QueuePlace): void;
  /** The machine can be asked for now. Also when the server forgot the place, which asking gives anew. */
  turn(): void;
  /** No machine can be made; a sentence. */
  refused(reason: string): void;
}

/** Before asking again when the server does not know the place, in milliseconds. */
const AGAIN_MS = 3_000;

/** Follows the learner's place in the queue; returns the way to stop. A connection that breaks comes back by itself. */
export function followQueue(listener: QueueListener): () => void {
  const events = new EventSource('/api/queue');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const on = <Name extends keyof QueueEvents>(name: Name, act: (data: QueueEvents[Name]) => void): void =>
    events.addEventListener(name, ({ data }: MessageEvent<string>) =>
      act(JSON.parse(data) as QueueEvents[Name]),
    );
  const stop = (): void => {
    clearTimeout(timer);
    events.close();
  };
  on('place', (place) => listener.place(place));
  on('turn', () => {
    stop();
    listener.turn();
  });
  on('refused', ({ error }) => {
    stop();
    listener.refused(error);
  });
  events.addEventListener('error', () => {
    // Any answer but the stream ends it for good.
    if (events.readyState === EventSource.CLOSED) timer = setTimeout(() => listener.turn(), AGAIN_MS);
  });
  return stop;
}
