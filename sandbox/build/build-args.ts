import { OWN_PLATFORM } from '../image/platform.ts';

/** They need no ARG, and are no part of what a step is cached by. */
const PREDEFINED = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
);

/** What BuildKit lets every FROM use; there is one platform, the machine's own. */
const PLATFORM: ReadonlyMap<string, string> = new Map(
  ['BUILD', 'TARGET'].flatMap((whose) => [
    [`${whose}PLATFORM`, `${OWN_PLATFORM.os}/${OWN_PLATFORM.architecture}`],
    [`${whose}OS`, OWN_PLATFORM.os],
    [`${whose}ARCH`, OWN_PLATFORM.architecture],
    [`${whose}VARIANT`, ''],
  ]),
);

type Values = ReadonlyMap<string, string | undefined>;

/** The ARGs that are known at a point of a Dockerfile. */
export class BuildArgs {
  readonly #given: Readonly<Record<string, string | null>>;
  readonly #meta: Map<string, string | undefined>;
  readonly #declared = new Map<string, string | undefined>();
  /** Of all stages: an ARG that none declares was not consumed. */
  readonly #consumed: Set<string>;

  constructor(
    given: Readonly<Record<string, string | null>>,
    shared = { meta: new Map<string, string | undefined>(), consumed: new Set<string>() },
  ) {
    this.#given = given;
    this.#meta = shared.meta;
    this.#consumed = shared.consumed;
  }

  /** For a stage: it begins without ARGs, but with those before the first FROM to fall back on. */
  forStage(): BuildArgs {
    return new BuildArgs(this.#given, { meta: this.#meta, consumed: this.#consumed });
  }

  declareMeta(name: string, value: string | undefined): void {
    this.#meta.set(name, value);
    this.declare(name, value);
  }

  declare(name: string, value: string | undefined): void {
    this.#declared.set(name, value);
    this.#consumed.add(name);
  }

  /** What a FROM may use. */
  meta(): Map<string, string> {
    return new Map([...PLATFORM, ...this.#resolve(this.#meta)]);
  }

  /** What an instruction of the stage may use. */
  all(): Map<string, string> {
    return this.#resolve(this.#declared);
  }

  /** Whether the value is a reason to run a step again. */
  countsForCache(name: string): boolean {
    return this.#declared.has(name) || !PREDEFINED.has(name);
  }

  /** Given by the user, and asked for by nobody. */
  unconsumed(): string[] {
    return Object.keys(this.#given)
      .filter((name) => !this.#consumed.has(name) && !PREDEFINED.has(name))
      .sort();
  }

  #resolve(declared: Values): Map<string, string> {
    const found = new Map<string, string>();
    for (const name of new Set([...declared.keys(), ...PREDEFINED])) {
      const value = this.#given[name] ?? declared.get(name) ?? this.#meta.get(name);
      if (value !== undefined) found.set(name, value);
    }
    return found;
  }
}
