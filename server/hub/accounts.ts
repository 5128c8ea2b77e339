import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { DRAFT_ENDING, writeAtomically } from '../../sandbox/registry/store/file.ts';
import { RATES, RateLimit } from '../http/rate.ts';

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
/** `a.b/c` is the repository `c` of the host `a.b` to every client (docker/distribution, reference): no name has a dot. */
const NEW_NAME = /^[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$/;
const NAME_LENGTH = { min: 2, max: 30 };

/** Names that would be taken for something official. */
const RESERVED = new Set([
  'library',
  'official',
  'docker',
  'dockerhub',
  'hub',
  'slipway',
  'admin',
  'root',
  'v2',
  // The name of a host, in a reference.
  'localhost',
]);

const ACCOUNTS_PER_OWNER = 20;
const PASSWORD_MAX = 512;

/** About 50 ms and 16 MiB a try: two at once do not hold up the rest. */
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 };
const HASH_BYTES = 32;
const HASHING_MAX = 2;
const HASHING_QUEUE_MAX = 64;

const accountSchema = z.object({
  name: z.string().regex(NAME),
  salt: z.string(),
  hash: z.string(),
  /** The learner who made it; see `sessions/learner.ts`. */
  owner: z.string().optional(),
  createdAt: z.iso.datetime(),
});

export type Account = Readonly<z.infer<typeof accountSchema>>;

/** Why there is no login, as a sentence that the CLI shows. */
export class LoginRefused extends Error {
  readonly status: 401 | 429;

  constructor(message: string, status: 401 | 429 = 401) {
    super(message);
    this.status = status;
  }
}

/** Names on the hub and who may use them: one file each, the password as a hash. */
export class Accounts {
  readonly #folder: string;
  readonly #accounts = new Map<string, Account>();
  readonly #creating = new Map<string, { readonly owner: string; readonly account: Promise<Account> }>();
  readonly #failures = new RateLimit(RATES.hubLogins);
  /** Until when nobody is let in there, by learner and name, in milliseconds. */
  readonly #blocked = new Map<string, number>();
  #hashing = 0;
  readonly #queue: (() => void)[] = [];

  constructor(folder: string, report: (message: string) => void) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (name.endsWith(DRAFT_ENDING)) rmSync(file, { force: true });
      if (!name.endsWith('.json')) continue;
      const account = readAccount(file);
      if (account && `${account.name}.json` === name) this.#accounts.set(account.name, account);
      else report(`${file} is not an account; it is left as it is.`);
    }
  }

  has(name: string): boolean {
    return this.#accounts.has(name);
  }

  owns(owner: string | undefined, name: string): boolean {
    return owner !== undefined && this.#accounts.get(name)?.owner === owner;
  }

  ownedBy(owner: string): Account[] {
    return [...this.#accounts.values()].filter((account) => account.owner === owner);
  }

  /**
   * The account of that name, when the password is its. A name that nobody has yet becomes the account of `owner`, as if
   * they had signed up. Throws `LoginRefused`.
   */
  async login(typed: string, password: string, owner: string | undefined): Promise<Account> {
    const name = typed.toLowerCase();
    // Nothing is awaited between the look and the making: of two who want a name at once, one gets it.
    const known = this.#accounts.get(name) ?? this.#creating.get(name)?.account;
    if (known) return this.#check(await known, password, owner);
    if (owner === undefined) throw new LoginRefused('incorrect username or password');
    return this.#create(name, password, owner);
  }

  async #check(account: Account, password: string, owner: string | undefined): Promise<Account> {
    const key = `${owner ?? ''} ${account.name}`;
    const blocked = () => new LoginRefused('too many failed login attempts for username or IP address', 429);
    if ((this.#blocked.get(key) ?? 0) > Date.now()) throw blocked();
    this.#blocked.delete(key);
    const hash = await this.#hash(password, Buffer.from(account.salt, 'hex'));
    if (timingSafeEqual(hash, Buffer.from(account.hash, 'hex'))) return account;
    if (await this.#failures.allows(key)) throw new LoginRefused('incorrect username or password');
    this.#block(key);
    throw blocked();
  }

  #block(key: string): void {
    const now = Date.now();
    for (const [each, until] of this.#blocked) if (until <= now) this.#blocked.delete(each);
    this.#blocked.set(key, now + RATES.hubLogins.seconds * 1000);
  }

  #create(name: string, password: string, owner: string): Promise<Account> {
    if (!NEW_NAME.test(name) || name.length < NAME_LENGTH.min || name.length > NAME_LENGTH.max)
      throw new LoginRefused(
        `${NAME_LENGTH.min} to ${NAME_LENGTH.max} lower-case letters and digits make a name, with _ or - between them`,
      );
    if (RESERVED.has(name)) throw new LoginRefused(`the name ${name} is taken`);
    const making = [...this.#creating.values()].filter((each) => each.owner === owner).length;
    if (this.ownedBy(owner).length + making >= ACCOUNTS_PER_OWNER)
      throw new LoginRefused(`you have ${ACCOUNTS_PER_OWNER} names already`);
    const account = this.#write(name, password, owner).finally(() => this.#creating.delete(name));
    this.#creating.set(name, { owner, account });
    return account;
  }

  async #write(name: string, password: string, owner: string): Promise<Account> {
    const salt = randomBytes(16);
    const hash = await this.#hash(password, salt);
    const account: Account = {
      name,
      salt: salt.toString('hex'),
      hash: hash.toString('hex'),
      owner,
      createdAt: new Date().toISOString(),
    };
    await writeAtomically(path.join(this.#folder, `${name}.json`), JSON.stringify(account));
    this.#accounts.set(name, account);
    return account;
  }

  async #hash(password: string, salt: Buffer): Promise<Buffer> {
    if (password === '' || password.length > PASSWORD_MAX)
      throw new LoginRefused('incorrect username or password');
    if (this.#queue.length >= HASHING_QUEUE_MAX) throw new LoginRefused('too many requests', 429);
    if (this.#hashing >= HASHING_MAX) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#hashing += 1;
    try {
      return await new Promise((resolve, reject) => {
        scrypt(password, salt, HASH_BYTES, SCRYPT, (error, key) => (error ? reject(error) : resolve(key)));
      });
    } finally {
      this.#hashing -= 1;
      this.#queue.shift()?.();
    }
  }
}

function readAccount(file: string): Account | undefined {
  try {
    return accountSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
