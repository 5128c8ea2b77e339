import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Refusal } from '../refusal.ts';

/** How much one address or one learner may ask for: points in a number of seconds. A class sits behind one address. */
export interface Rates {
  readonly requestsByAddress: Rate;
  readonly sessionsByAddress: Rate;
  readonly sessionsByLearner: Rate;
  readonly connectionsByAddress: Rate;
  readonly messagesByPage: Rate;
  readonly screensBySession: Rate;
  readonly filesByAddress: Rate;
  readonly filesBySession: Rate;
  readonly lookupsBySession: Rate;
  readonly hubLogins: Rate;
  readonly adminTries: Rate;
}

export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

export const RATES: Rates = {
  requestsByAddress: { points: 1200, seconds: 60 },
  sessionsByAddress: { points: 60, seconds: 60 },
  sessionsByLearner: { points: 10, seconds: 60 },
  connectionsByAddress: { points: 300, seconds: 60 },
  /** Mouse tracking sends some hundred a second, a paste of a megabyte 32. */
  messagesByPage: { points: 6000, seconds: 10 },
  /** Drawing a full scroll-back anew costs the server up to 100 ms; four pages with eight terminals come back at once. */
  screensBySession: { points: 40, seconds: 10 },
  /** An editor writes twice a second while somebody types; a class sits behind one address. */
  filesByAddress: { points: 12_000, seconds: 60 },
  filesBySession: { points: 600, seconds: 60 },
  /** Folders in which printed paths are looked for: one with a thousand files costs the server some milliseconds. */
  lookupsBySession: { points: 400, seconds: 10 },
  /** Wrong passwords for one name from one learner. */
  hubLogins: { points: 10, seconds: 60 },
  /** Wrong admin tokens from one address. */
  adminTries: { points: 10, seconds: 60 },
};

export class RateLimit {
  readonly #limiter: RateLimiterMemory;

  constructor({ points, seconds }: Rate) {
    this.#limiter = new RateLimiterMemory({ points, duration: seconds });
  }

  /** Resolves to false when `key` has had its share. */
  async allows(key: string, points = 1): Promise<boolean> {
    return this.#limiter.consume(key, points).then(
      () => true,
      () => false,
    );
  }

  async spend(key: string, points = 1): Promise<void> {
    if (!(await this.allows(key, points))) {
      throw new Refusal(
        'too-many',
        'That was too often in a short time. Please wait a minute and try again.',
      );
    }
  }
}
