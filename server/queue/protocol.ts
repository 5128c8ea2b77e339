/**
 * Waiting for a machine while the host is full.
 *
 *   POST   /api/sessions   202 QueuePlace when there is no room, or others wait already. A learner has one place, however
 *                          many pages ask; the lesson asked for last is the one that counts.
 *   GET    /api/queue      text/event-stream of the events below while the learner waits; 204 when the learner does not.
 *                          A place that no page follows is given up after half a minute, so that a reload keeps it.
 *   DELETE /api/queue      204; gives up the place
 */
export interface QueuePlace {
  /** 1 is the next. */
  readonly place: number;
  /** How many wait. */
  readonly of: number;
}

/** Events of the stream by name, each with its data as JSON. After `turn` and `refused` the stream ends. */
export interface QueueEvents {
  readonly place: QueuePlace;
  /** The machine is there: POST /api/sessions gives it. */
  readonly turn: Record<string, never>;
  /** The machine could not be made for another reason than room; a sentence. */
  readonly refused: { readonly error: string };
}
