/** A condition of ours that a line of a verify script stands for. */
export interface FoundCheck {
  readonly kind: 'image-exists' | 'container-exists';
  readonly image?: string;
  readonly name?: string;
  readonly state?: 'running';
}

export interface ReadScript {
  readonly checks: readonly FoundCheck[];
  /** Lines that test something else. */
  readonly unread: readonly string[];
}

const IMAGE = String.raw`([a-z0-9][\w./-]*(?::[\w.-]+)?)`;
const NAME = String.raw`([a-zA-Z0-9][\w.-]+)`;
/** What may stand around a word in a shell. */
const QUOTE = String.raw`["']?`;

/** What our checks have a kind for, among the ways in which such scripts ask for it. */
const READERS: readonly { readonly pattern: RegExp; readonly check: (found: string) => FoundCheck }[] = [
  {
    pattern: new RegExp(String.raw`docker (?:image inspect|inspect --type[= ]image) ${QUOTE}${IMAGE}`),
    check: (image) => ({ kind: 'image-exists', image }),
  },
  {
    pattern: new RegExp(String.raw`docker (?:images|image ls) -q ${QUOTE}${IMAGE}`),
    check: (image) => ({ kind: 'image-exists', image }),
  },
  {
    pattern: new RegExp(
      String.raw`docker (?:images|image ls)\b[^|]*\|\s*grep\s+(?:-\S+\s+)*${QUOTE}\^?${IMAGE}`,
    ),
    check: (image) => ({ kind: 'image-exists', image }),
  },
  {
    pattern: new RegExp(
      String.raw`docker (?:ps|container ls)(?: -\S*a\S*)\b[^|]*\|\s*grep\s+(?:-\S+\s+)*${QUOTE}${NAME}`,
    ),
    check: (name) => ({ kind: 'container-exists', name }),
  },
  {
    pattern: new RegExp(String.raw`docker (?:ps|container ls)\b[^|]*\|\s*grep\s+(?:-\S+\s+)*${QUOTE}${NAME}`),
    check: (name) => ({ kind: 'container-exists', name, state: 'running' }),
  },
  {
    pattern: new RegExp(String.raw`docker container inspect ${QUOTE}${NAME}`),
    check: (name) => ({ kind: 'container-exists', name }),
  },
];

/** Reads a script that ends with 0 when a step is done. */
export function readVerifyScript(script: string): ReadScript {
  const checks: FoundCheck[] = [];
  const unread: string[] = [];
  for (const line of script.split('\n').map((each) => each.trim())) {
    const reader = READERS.find(({ pattern }) => pattern.test(line));
    const found = reader?.pattern.exec(line)?.[1];
    if (reader && found !== undefined) checks.push(reader.check(found));
    else if (!MEANS_NOTHING.test(line)) unread.push(line);
  }
  return { checks, unread };
}

/** Comments, the shell's own words, and how a script says whether all is well. */
const MEANS_NOTHING = /^(?:#.*|set -.*|exit \d+|fi|else|then|done|do|return \d+|echo\b.*|\{|\})?;?$/;
