import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Refusal } from '../refusal.ts';
import type { Learner } from '../sessions/learner.ts';
import { ABSENCE_MAX_MS, Queue, type QueueEvent } from './queue.ts';

/** A host with some rooms; each machine that is made takes one. */
let rooms: number;
let made: string[];
let roomFound: () => void;
let queue: Queue;
let ended: string[];
let reports: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [rooms, made, ended, reports] = [0, [], [], []];
  queue = open(3);
});

afterEach(() => {
  queue.close();
  vi.useRealTimers();
});

function open(places: number): Queue {
  const opened = new Queue({
    places,
    watchRoom: (listener) => {
      roomFound = listener;
      return () => (roomFound = () => undefined);
    },
    report: (message) => void reports.push(message),
    now: () => Date.now(),
  });
  opened.listen({ ended: (outcome, waitedMs) => ended.push(`${outcome} ${waitedMs}`) });
  return opened;
}

const machineFor = (name: string) => async (): Promise<string> => {
  if (rooms === 0) throw new Refusal('full', 'No room.');
  rooms -= 1;
  made.push(name);
  return name;
};

const ask = (name: string, address = name) => queue.obtain(name as Learner, machineFor(name), address);

/** A page that follows a learner's place, and what it was told. */
function page(name: string): { told: unknown[]; close: () => void } {
  const told: unknown[] = [];
  const close = queue.follow(name as Learner, (event: QueueEvent) =>
    told.push(event.name === 'place' ? `${event.data.place} of ${event.data.of}` : event.name),
  );
  if (!close) throw new Error(`${name} does not wait.`);
  return { told, close };
}

async function room(count = 1): Promise<void> {
  rooms += count;
  roomFound();
  await vi.advanceTimersByTimeAsync(0);
}

describe('a learner', () => {
  test('does not wait while there is room', async () => {
    rooms = 1;
    expect(await ask('anna')).toEqual({ made: 'anna' });
    expect(queue.length).toBe(0);
  });

  test('has one place, however often asked for', async () => {
    expect(await ask('anna')).toEqual({ waits: { place: 1, of: 1 } });
    expect(await ask('ben')).toEqual({ waits: { place: 2, of: 2 } });
    expect(await ask('anna')).toEqual({ waits: { place: 1, of: 2 } });
    const both = await Promise.all([ask('carl'), ask('carl')]);
    expect(both).toEqual([{ waits: { place: 3, of: 3 } }, { waits: { place: 3, of: 3 } }]);
  });

  test('two pages that ask at once while the first finds out get one place', async () => {
    const both = await Promise.all([ask('anna'), ask('anna')]);
    expect(both).toEqual([{ waits: { place: 1, of: 1 } }, { waits: { place: 1, of: 1 } }]);
  });

  test('is told of every change, and of the machine', async () => {
    for (const name of ['anna', 'ben', 'carl']) await ask(name);
    const [anna, ben, carl] = [page('anna'), page('ben'), page('carl')];
    await room(2);
    expect(made).toEqual(['anna', 'ben']);
    expect(anna.told).toEqual(['1 of 3', 'turn']);
    expect(ben.told).toEqual(['2 of 3', '1 of 2', 'turn']);
    expect(carl.told).toEqual(['3 of 3', '2 of 2', '1 of 1']);
  });

  test('does not get past those who wait', async () => {
    await ask('anna');
    rooms = 1;
    expect(await ask('ben')).toEqual({ waits: { place: 2, of: 2 } });
    page('ben');
    page('anna');
    await vi.advanceTimersByTimeAsync(0);
    // Ben's page was there first; Anna's was not, and nothing is made for a page that is not there.
    expect(made).toEqual(['ben']);
    await room();
    expect(made).toEqual(['ben', 'anna']);
  });

  test('gets room that nobody told of', async () => {
    await ask('anna');
    page('anna');
    rooms = 1;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(made).toEqual(['anna']);
    expect(ended).toEqual(['admitted 2000']);
  });

  test('keeps the place over a reload, and gives it up by staying away', async () => {
    await ask('anna');
    await ask('ben');
    page('anna').close();
    await vi.advanceTimersByTimeAsync(ABSENCE_MAX_MS - 1);
    const anna = page('anna');
    await vi.advanceTimersByTimeAsync(ABSENCE_MAX_MS);
    expect(queue.length).toBe(1);
    anna.close();
    await room();
    expect(made).toEqual([]);
    await vi.advanceTimersByTimeAsync(ABSENCE_MAX_MS);
    expect(queue.length).toBe(0);
    expect(ended.map((line) => line.split(' ')[0])).toEqual(['left', 'left']);
  });

  test('gives up the place with a word', async () => {
    await ask('anna');
    await ask('ben');
    const ben = page('ben');
    queue.leave('anna' as Learner);
    expect(ben.told).toEqual(['2 of 2', '1 of 1']);
  });

  test('waits for the machine asked for last', async () => {
    await ask('anna');
    await queue.obtain('anna' as Learner, machineFor('another lesson'), 'anna');
    page('anna');
    await room();
    expect(made).toEqual(['another lesson']);
  });
});

describe('the queue', () => {
  test('has an end', async () => {
    for (const name of ['anna', 'ben', 'carl']) await ask(name);
    await expect(ask('dora')).rejects.toThrow('3 people wait already');
  });

  test('is no one address’s alone', async () => {
    for (const name of ['anna', 'ben', 'carl']) await ask(name, 'school');
    const [anna, carl] = [page('anna'), page('carl')];
    expect(await ask('dora', 'home')).toEqual({ waits: { place: 3, of: 3 } });
    expect([anna.told.at(-1), carl.told.at(-1)]).toEqual(['1 of 3', 'refused']);
    // Two of them and one: another of either would have no fewer than those of the other.
    await expect(ask('emil', 'home')).rejects.toThrow('3 people wait already');
    await expect(ask('fred', 'school')).rejects.toThrow('3 people wait already');
  });

  test('is not passed by what comes back by itself', async () => {
    const boot = machineFor('anna');
    rooms = 1;
    expect(await queue.unlessAwaited(boot)).toBe('anna');
    await ask('ben');
    rooms = 1;
    await expect(queue.unlessAwaited(boot)).rejects.toThrow('Other people wait');
    expect(made).toEqual(['anna']);
  });

  test('may have no places at all', async () => {
    queue = open(0);
    await expect(ask('anna')).rejects.toThrow('No room.');
  });

  test('goes on when a machine cannot be made', async () => {
    await queue.obtain(
      'anna' as Learner,
      async () => {
        throw rooms === 0 ? new Refusal('full', 'No room.') : new Error('disk broken');
      },
      '',
    );
    await ask('ben');
    const [anna] = [page('anna'), page('ben')];
    await room();
    expect(anna.told.at(-1)).toBe('refused');
    expect(made).toEqual(['ben']);
    expect(reports).toEqual(['A machine for who was next in the queue failed.']);
  });

  test('does not wait for what has nothing to do with room', async () => {
    const asked = queue.obtain(
      'anna' as Learner,
      async () => {
        throw new Refusal('conflict', 'You have three.');
      },
      '',
    );
    await expect(asked).rejects.toThrow('You have three.');
    expect(queue.length).toBe(0);
  });
});
