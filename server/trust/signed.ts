import type { IncomingMessage } from 'node:http';
import * as z from 'zod';
import type { Notary } from './notary.ts';

/** What is signed of a repository, as `docker trust inspect` tells it. */
export interface Signatures {
  /** Signed tags, and the digest that each was signed for, such as `sha256:…`. */
  readonly tags: ReadonlyMap<string, string>;
  /** Who may sign beside the owner. */
  readonly signers: readonly string[];
}

/** All signed tags of a repository are in one file: some 300 bytes each. */
const LIST_MAX_BYTES = 1024 ** 2;

/** Repositories of which it is remembered; the eldest goes first. */
const REMEMBERED_MAX = 500;

/** Delegates sign into this list (Docker's "releases" role), the owner into the other one. */
const LISTS = ['targets/releases', 'targets'] as const;

const Hashes = z.object({ hashes: z.object({ sha256: z.base64() }) });

/** What there is, by its hash: asked for by name alone, Notary fails for lists that it does not have (TUF, "snapshot"). */
const SnapshotFile = z.object({ signed: z.object({ meta: z.record(z.string(), Hashes) }) });

/** A list of Notary's, as far as it is looked at (TUF, "targets"). */
const TargetsFile = z.object({
  signed: z.object({
    targets: z.record(z.string(), Hashes).nullish(),
    delegations: z.object({ roles: z.array(z.object({ name: z.string() })).nullish() }).nullish(),
  }),
});

/** Remembers what is signed until something new is published: lessons look often, and signatures seldom change. */
export class SignedLists {
  readonly #notary: () => Notary | undefined;
  readonly #known = new Map<string, Promise<Signatures | undefined>>();

  constructor(notary: () => Notary | undefined) {
    this.#notary = notary;
  }

  /** Of a repository by its full name, such as `docker.io/anna/will`. Undefined when nothing of it was ever signed. */
  read(name: string): Promise<Signatures | undefined> {
    const known = this.#known.get(name);
    if (known) return known;
    const notary = this.#notary();
    const read = notary ? readSignatures(notary, name) : Promise.resolve(undefined);
    this.#known.set(name, read);
    // What failed is asked again.
    read.catch(() => this.changed(name, read));
    const [eldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED_MAX && eldest !== undefined) this.#known.delete(eldest);
    return read;
  }

  /** Something was published, or taken back. */
  changed(name: string, only?: Promise<unknown>): void {
    if (only === undefined || this.#known.get(name) === only) this.#known.delete(name);
  }
}

async function readSignatures(notary: Notary, name: string): Promise<Signatures | undefined> {
  const read = async <T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const path = `/v2/${name}/_trust/tuf/${file}.json`;
    const text = await textOf(await notary.ask({ method: 'GET', path, headers: {} }));
    return text === undefined ? undefined : schema.parse(JSON.parse(text));
  };
  const snapshot = await read('snapshot', SnapshotFile);
  const [releases, targets] = await Promise.all(
    LISTS.map(async (list) => {
      const hash = snapshot?.signed.meta[list]?.hashes.sha256;
      return hash === undefined ? undefined : read(`${list}.${hexOf(hash)}`, TargetsFile);
    }),
  );
  if (!targets) return undefined;
  // Of a tag in both lists, the delegates' counts: so does Docker.
  const tags = new Map(
    [targets, releases].flatMap((list) =>
      Object.entries(list?.signed.targets ?? {}).map(
        ([tag, { hashes }]) => [tag, `sha256:${hexOf(hashes.sha256)}`] as const,
      ),
    ),
  );
  const roles = (targets.signed.delegations?.roles ?? []).map((role) => role.name.replace(/^targets\//, ''));
  return { tags, signers: roles.filter((role) => role !== 'releases') };
}

/** Undefined when there is no such file. */
async function textOf(answer: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIST_MAX_BYTES) throw new Error('The notary has sent a list that is too long.');
    chunks.push(chunk);
  }
  if (answer.statusCode === 404) return undefined;
  if (answer.statusCode !== 200) throw new Error(`The notary has answered ${answer.statusCode ?? 0}.`);
  return Buffer.concat(chunks).toString('utf8');
}

const hexOf = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');
