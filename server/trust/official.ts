import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { hexOf } from '../../sandbox/oci/digest.ts';
import { writeAtomically } from '../../sandbox/registry/store/file.ts';
import type { ImageSource } from '../../sandbox/registry/store/source.ts';
import { openssl } from './authority.ts';
import { repositoryOf } from './names.ts';
import { certificateKey, keyIdOf, listOf, publicKey, ROLES, rootOf, signedText, targetsOf } from './tuf.ts';
import type { Role, SignedTag, TufKey } from './tuf.ts';

export interface OfficialOptions {
  /** Writable for the server, and for nobody else: the lab's keys, and what was signed with them. */
  readonly folder: string;
  /** The official images. */
  readonly images: ImageSource;
  /** What names of signed repositories begin with; see `names.ts`. */
  readonly prefixes: readonly string[];
}

const DAY_MS = 86_400_000;
const ROOT_DAYS = 3650;
const LIST_DAYS = 1095;
const TIMESTAMP_DAYS = 14;
/** What is older is signed anew, long before it expires. */
const RENEWED_MS = DAY_MS;

const FILE =
  /^(?:(?<version>\d{1,9})\.)?(?<role>root|targets|snapshot|timestamp)(?:\.(?<sum>[0-9a-f]{64}))?\.json$/;

const text = z.string();
const texts = z.object({ root: text, targets: text, snapshot: text, timestamp: text });
/** What stands for one name: now, and before; a client that has begun with what was goes on with it. */
const recordSchema = z.object({
  version: z.int(),
  /** Milliseconds since 1970. */
  signedAt: z.number(),
  /** Of the tags, to tell when they have changed. */
  tags: text,
  now: texts,
  before: z.optional(texts),
});

type Texts = z.infer<typeof texts>;
type Signed = z.infer<typeof recordSchema>;
type Keys = Readonly<Record<Role, KeyObject>>;

/**
 * The lab's own signatures on the official images: as Notary would serve them, without one. They are made when somebody
 * asks, and made anew when an image has changed or a day has gone by; the root of each name stays for ever.
 */
export class OfficialSignatures {
  readonly #options: OfficialOptions;
  readonly #records = new Map<string, Promise<Signed>>();
  #keys: Promise<Keys> | undefined;

  constructor(options: OfficialOptions) {
    this.#options = options;
  }

  /** Whether a name such as `docker.io/library/debian` is one of an official image. */
  async has(name: string): Promise<boolean> {
    const repository = repositoryOf(name, this.#options.prefixes);
    return repository !== undefined && (await this.#options.images.has(repository));
  }

  /** `file` as in `…/_trust/tuf/root.json`; undefined for one that there is none of. */
  async read(name: string, file: string): Promise<string | undefined> {
    const { version, role, sum } = FILE.exec(file)?.groups ?? {};
    if (role === undefined) return undefined;
    const { now, before } = await this.#current(name);
    if (version !== undefined) return role === 'root' && Number(version) === 1 ? now.root : undefined;
    const found = [now, before].map((each) => each?.[role as Role]);
    return sum === undefined ? found[0] : found.find((each) => each !== undefined && sumOf(each) === sum);
  }

  /** One at a time for each name. */
  #current(name: string): Promise<Signed> {
    const last: Promise<Signed | undefined> = this.#records.get(name) ?? this.#load(name);
    const next = last.catch(() => this.#load(name)).then((signed) => this.#renewed(name, signed));
    this.#records.set(name, next);
    return next;
  }

  async #load(name: string): Promise<Signed | undefined> {
    const known = await readIfThere(this.#fileOf(name));
    try {
      return recordSchema.parse(JSON.parse(known ?? ''));
    } catch {
      // There is none yet, or what there is was written by nobody who knows how: the name begins anew.
      return undefined;
    }
  }

  async #renewed(name: string, last: Signed | undefined): Promise<Signed> {
    const tags = await this.#tagsOf(name);
    const known = JSON.stringify(tags);
    const signedAt = Date.now();
    if (last?.tags === known && Math.abs(signedAt - last.signedAt) < RENEWED_MS) return last;
    const version = (last?.version ?? 0) + 1;
    const now = await this.#sign(name, tags, version, last?.now.root);
    const record = { version, signedAt, tags: known, now, ...(last && { before: last.now }) };
    await writeAtomically(this.#fileOf(name), JSON.stringify(record));
    return record;
  }

  async #tagsOf(name: string): Promise<Record<string, SignedTag>> {
    const { images, prefixes } = this.#options;
    const repository = repositoryOf(name, prefixes) ?? '';
    const tags: Record<string, SignedTag> = {};
    for (const tag of (await images.tags(repository)) ?? []) {
      const found = await images.manifest(repository, tag);
      if (found) tags[tag] = { sha256: hexOf(found.digest), size: found.bytes.byteLength };
    }
    return tags;
  }

  async #sign(
    name: string,
    tags: Readonly<Record<string, SignedTag>>,
    version: number,
    knownRoot: string | undefined,
  ): Promise<Texts> {
    const keys = await (this.#keys ??= this.#openKeys().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    }));
    const dated = (days: number) => ({ version, expires: new Date(Date.now() + days * DAY_MS) });
    const signedBy = (role: Role, content: object) =>
      signedText(content, keys[role], keyIdOf(publicKey(createPublicKey(keys[role]))));
    const root = knownRoot ?? (await this.#makeRoot(name, keys));
    const targets = signedBy('targets', targetsOf(tags, dated(LIST_DAYS)));
    const snapshot = signedBy('snapshot', listOf('Snapshot', { root, targets }, dated(LIST_DAYS)));
    const timestamp = signedBy('timestamp', listOf('Timestamp', { snapshot }, dated(TIMESTAMP_DAYS)));
    return { root, targets, snapshot, timestamp };
  }

  /** A root's key is a certificate with the name in it: clients take nothing else, and remember the first that they see. */
  async #makeRoot(name: string, keys: Keys): Promise<string> {
    const certificate = certificateKey(await this.#certify(name));
    const plain = Object.fromEntries(ROLES.map((role) => [role, publicKey(createPublicKey(keys[role]))]));
    const all = { ...(plain as Record<Role, TufKey>), root: certificate };
    const expires = new Date(Date.now() + ROOT_DAYS * DAY_MS);
    return signedText(rootOf(all, { version: 1, expires }), keys.root, keyIdOf(certificate));
  }

  async #certify(name: string): Promise<string> {
    const { stdout } = await openssl([
      ...['req', '-x509', '-new', '-key', path.join(this.#options.folder, 'root.pem')],
      ...['-days', String(ROOT_DAYS), '-subj', `/CN=${name.replaceAll('/', '\\/')}`],
      // Clients look for a certificate that is no authority.
      ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=codeSigning'],
    ]);
    return stdout;
  }

  async #openKeys(): Promise<Keys> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const entries = ROLES.map(async (role) => {
      const file = path.join(this.#options.folder, `${role}.pem`);
      const known = await readIfThere(file);
      if (known !== undefined) return [role, createPrivateKey(known)] as const;
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      await writeAtomically(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
      return [role, privateKey] as const;
    });
    return Object.fromEntries(await Promise.all(entries)) as unknown as Keys;
  }

  #fileOf(name: string): string {
    return path.join(this.#options.folder, `${name.replaceAll('/', '+')}.json`);
  }
}

/** Undefined when there is none. Whatever else is in the way throws: clients refuse what is signed by another key. */
async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const sumOf = (each: string): string => createHash('sha256').update(each).digest('hex');
