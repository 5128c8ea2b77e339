import { setFlagsFromString } from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { expect, it, vi } from 'vitest';

import { signalWithin } from './limit.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('aborts after its time, with an error that says so', async () => {
  const signal = signalWithin(1, new AbortController().signal);
  await vi.waitFor(() => expect(signal.aborted).toBe(true));
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' });
});

it('aborts with any of the signals that it was given', () => {
  const stop = new AbortController();
  const signal = signalWithin(60_000, new AbortController().signal, stop.signal);
  stop.abort(new Error('enough'));
  expect(signal.reason).toMatchObject({ message: 'enough' });
});

it('aborts when the garbage was collected meanwhile', async () => {
  const aborted = vi.fn();
  const listen = (): void => {
    // Nothing but its listener knows of the signal, as in what waits for an answer.
    signalWithin(100, new AbortController().signal).addEventListener('abort', aborted);
  };
  listen();
  await sleep(20);
  collectGarbage();
  collectGarbage();
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
});

it('stays when it is combined with another, and the garbage was collected', async () => {
  const aborted = vi.fn();
  const listen = (): void => {
    AbortSignal.any([signalWithin(100), new AbortController().signal]).addEventListener('abort', aborted);
  };
  listen();
  await sleep(20);
  collectGarbage();
  collectGarbage();
  await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
});
