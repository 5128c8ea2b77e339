/** One line of what `docker pull` and its like are told while they wait. */
export interface Progress {
  readonly status: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  /** What the status is about: a tag, or the twelve digits of a layer. */
  readonly id?: string;
  /** For programs, such as the digest that was pushed; such a line has no status. */
  readonly aux?: object;
}
