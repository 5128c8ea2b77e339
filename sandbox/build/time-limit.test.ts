import { describe, expect, it } from 'vitest';
import { withinMinutes } from './time-limit.ts';

/** Goes on until it is told to end. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const end = () => reject(new Error('ended'));
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
  });

/** A tenth of a second. */
const SHORT = 0.1 / 60;

describe('the time that a build may take', () => {
  it('ends what takes longer, with a sentence', async () => {
    const never = new AbortController().signal;
    await expect(withinMinutes(SHORT, never, endless)).rejects.toThrow(
      /^The build was ended: it took longer than the .* minutes that a build may take here\./,
    );
  });

  it('leaves alone what is done in time, and what fails by itself', async () => {
    const never = new AbortController().signal;
    expect(await withinMinutes(1, never, async () => 'built')).toBe('built');
    const failed = new Error('no such file');
    await expect(withinMinutes(1, never, () => Promise.reject(failed))).rejects.toBe(failed);
  });

  it('does not take a client’s end for its own', async () => {
    const client = new AbortController();
    const ended = withinMinutes(1, client.signal, endless);
    client.abort();
    await expect(ended).rejects.toThrow(/^ended$/);
  });

  it('is as long as it takes where nobody set one', async () => {
    const client = new AbortController();
    expect(await withinMinutes(undefined, client.signal, async (signal) => signal)).toBe(client.signal);
  });
});
