import { DockerfileParser, type Dockerfile, type Instruction } from 'dockerfile-ast';

/** What is said of a line of a Dockerfile that builds, and could be better. */
export interface Finding {
  readonly rule: Rule['id'];
  readonly message: string;
  /** Counted from zero, as editors do; the end is not part of it. */
  readonly range: Range;
  readonly fix?: Fix;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly range: Range; readonly text: string }[];
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A rule as data: what it is called, why it is there, and where a Dockerfile breaks it. */
export interface Rule {
  readonly id: string;
  /** Two or three sentences: what happens otherwise. */
  readonly why: string;
  readonly find: (dockerfile: Dockerfile, text: string) => readonly Omit<Finding, 'rule'>[];
}

/** Reads a Dockerfile, and tells where it breaks which rule. A text that is none breaks none. */
export function lint(text: string): readonly Finding[] {
  const dockerfile = DockerfileParser.parse(text);
  if (dockerfile.getInstructions().length === 0) return [];
  return RULES.flatMap((rule) =>
    rule.find(dockerfile, text).map((finding) => ({ ...finding, rule: rule.id })),
  );
}

const SECRET = /(?:password|passwd|secret|token|api_?key|private_?key|access_?key|credentials?)/i;
const MANIFESTS =
  /(?:package(?:-lock)?\.json|requirements[^ ]*\.txt|pyproject\.toml|go\.(?:mod|sum)|Gemfile|pom\.xml|Cargo\.toml|composer\.json)/;
const INSTALLS =
  /\b(?:npm (?:ci|install|i)\b|yarn install|pip3? install|go mod download|bundle install|composer install|cargo fetch)/;

export const RULES: readonly Rule[] = [
  {
    id: 'latest-tag',
    why: 'Without a tag an image is `latest`, which is another image next month. A build that worked then fails, or changes, without a change of yours. Name the version that you have tried.',
    find: (dockerfile) =>
      dockerfile.getFROMs().flatMap((from) => {
        const image = from.getImage();
        const range = from.getImageRange();
        const stages = dockerfile.getFROMs().map((each) => each.getBuildStage());
        if (!image || !range || image === 'scratch' || image.includes('$') || stages.includes(image))
          return [];
        if (from.getImageDigest() !== null) return [];
        const tag = from.getImageTag();
        if (tag !== null && tag !== 'latest') return [];
        return [{ message: `${image} has no version: what it is changes with time.`, range }];
      }),
  },
  {
    id: 'apt-without-clean',
    why: 'The lists that `apt-get update` fetches stay in the layer: 20 to 50 MB that nobody reads again. A later RUN cannot take them out of this layer; remove them in the same one.',
    find: (dockerfile) =>
      runs(dockerfile).flatMap((run) => {
        const command = bodyOf(run);
        if (!/\bapt(?:-get)?\b.*\binstall\b/s.test(command) || command.includes('/var/lib/apt/lists'))
          return [];
        if (run.getTextContent().includes('--mount=type=cache')) return [];
        return [
          {
            message: 'The lists of packages stay in this layer.',
            range: run.getRange(),
            fix: {
              title: 'Remove them in the same step',
              edits: [insertAfter(run, ' \\\n    && rm -rf /var/lib/apt/lists/*')],
            },
          },
        ];
      }),
  },
  {
    id: 'apt-update-alone',
    why: 'A RUN of its own for `apt-get update` is taken from the cache for months: the install after it then asks for versions that are no longer there. Update and install in one RUN.',
    find: (dockerfile) =>
      runs(dockerfile).flatMap((run) => {
        const command = bodyOf(run);
        if (!/\bapt(?:-get)?\s+update\b/.test(command) || /\binstall\b/.test(command)) return [];
        return [
          {
            message: 'This step comes from the cache when its lists are long out of date.',
            range: run.getRange(),
          },
        ];
      }),
  },
  {
    id: 'apt-recommends',
    why: 'Debian installs what a package recommends, too: editors, mail servers, documentation. In an image nobody uses them.',
    find: (dockerfile) =>
      runs(dockerfile).flatMap((run) => {
        const text = run.getTextContent();
        const at = /\bapt(?:-get)?\s+(?:-\S+\s+)*install\b/.exec(text);
        if (!at || text.includes('--no-install-recommends')) return [];
        return [
          {
            message: 'This also installs what the packages recommend.',
            range: run.getRange(),
            fix: {
              title: 'Add --no-install-recommends',
              edits: [
                {
                  range: emptyAt(positionIn(run, at.index + at[0].length)),
                  text: ' --no-install-recommends',
                },
              ],
            },
          },
        ];
      }),
  },
  {
    id: 'secret',
    why: 'What ENV and ARG hold can be read by everybody who has the image: `docker history` and `docker inspect` print it. A secret that was once in a layer stays there. Give it when the container runs, or with RUN --mount=type=secret.',
    find: (dockerfile) =>
      [
        ...dockerfile.getENVs().flatMap((env) => env.getProperties()),
        ...dockerfile.getARGs().flatMap((arg) => arg.getProperty() ?? []),
      ]
        .filter((property) => SECRET.test(property.getName()) && property.getValue())
        .map((property) => ({
          message: `${property.getName()} can be read by everybody who has the image.`,
          range: property.getRange(),
        })),
  },
  {
    id: 'secret-file',
    why: 'A key or a file of settings that is copied into an image is in it for ever, also when a later step removes it. List it in .dockerignore.',
    find: (dockerfile) =>
      copies(dockerfile).flatMap((copy) =>
        copy
          .getArguments()
          .slice(0, -1)
          .filter((argument) =>
            /(?:^|\/)(?:id_(?:rsa|ed25519|ecdsa)|\.env|\.npmrc|\.netrc|.*\.pem|.*\.key)$/.test(
              argument.getValue(),
            ),
          )
          .map((argument) => ({
            message: `${argument.getValue()} is in the image for ever.`,
            range: argument.getRange(),
          })),
      ),
  },
  {
    id: 'root-user',
    why: 'Without USER the program runs as root. It is root of the container only, but whatever it writes to a shared folder belongs to root, and a hole in the program is worth more. End with a user that needs no more than the program does.',
    find: (dockerfile) => {
      const from = dockerfile.getFROMs().at(-1);
      const last = dockerfile.getInstructions().findLast((each) => each.getKeyword() === 'USER');
      const name = last?.getArgumentsContent()?.split(':')[0];
      const runsSomething = [...dockerfile.getCMDs(), ...dockerfile.getENTRYPOINTs()].at(-1);
      if (!from || !runsSomething || (last && isAfter(last, from) && name !== 'root' && name !== '0'))
        return [];
      return [
        {
          message: 'The program runs as root.',
          range: runsSomething.getInstructionRange(),
          fix: {
            title: 'Run it as nobody',
            edits: [{ range: emptyAt(runsSomething.getRange().start), text: 'USER nobody\n' }],
          },
        },
      ];
    },
  },
  {
    id: 'cache-order',
    why: 'A step is built again when a file that an earlier COPY takes has changed. Where all files are copied before the packages are installed, every change of a line installs them anew. Copy the list of packages first, install, then copy the rest.',
    find: (dockerfile) => {
      const found: Omit<Finding, 'rule'>[] = [];
      let everything: Instruction | null = null;
      let listed = false;
      for (const instruction of dockerfile.getInstructions()) {
        const keyword = instruction.getKeyword();
        if (keyword === 'FROM') [everything, listed] = [null, false];
        if (keyword === 'COPY' || keyword === 'ADD') {
          const source = instruction.getArguments()[0]?.getValue() ?? '';
          if (MANIFESTS.test(instruction.getTextContent())) listed = true;
          else if ((source === '.' || source === './') && !instruction.getTextContent().includes('--from='))
            everything ??= instruction;
        }
        if (keyword !== 'RUN' || !everything || listed || !INSTALLS.test(bodyOf(instruction))) continue;
        found.push({
          message:
            'Every change of a file installs all of this anew: copy the list of packages and install before the rest.',
          range: everything.getRange(),
        });
        everything = null;
      }
      return found;
    },
  },
  {
    id: 'add-local',
    why: 'ADD also fetches addresses and unpacks archives. For plain files COPY does the same and nothing unexpected.',
    find: (dockerfile) =>
      adds(dockerfile).flatMap((add) => {
        const sources = add
          .getArguments()
          .slice(0, -1)
          .map((argument) => argument.getValue());
        const special = sources.some((source) =>
          /^(?:https?|git):|^git@|\.(?:tar|tgz|tar\.\w+|gz|bz2|xz|zip)$|[$*?<]/.test(source),
        );
        if (sources.length === 0 || special) return [];
        return [
          {
            message: 'COPY is enough here.',
            range: add.getInstructionRange(),
            fix: { title: 'Use COPY', edits: [{ range: add.getInstructionRange(), text: 'COPY' }] },
          },
        ];
      }),
  },
  {
    id: 'cd-in-run',
    why: 'Each RUN begins in the working directory anew: a `cd` ends with its step. WORKDIR stays, and makes the folder.',
    find: (dockerfile) =>
      runs(dockerfile).flatMap((run) =>
        /^\s*cd\s+\S+\s*$/.test(bodyOf(run))
          ? [{ message: 'This has no effect on the steps after it.', range: run.getRange() }]
          : [],
      ),
  },
  {
    id: 'shell-form',
    why: 'In the shell form a shell is process 1. It does not pass signals on: `docker stop` waits ten seconds, and then kills the program.',
    find: (dockerfile) =>
      [...dockerfile.getCMDs(), ...dockerfile.getENTRYPOINTs()].flatMap((instruction) => {
        const content = instruction.getArgumentsContent()?.trim() ?? '';
        // What needs a shell is left to it.
        if (content === '' || content.startsWith('[') || /[$&|;<>*?"'`\\]|^exec\b/.test(content)) return [];
        const range = instruction.getArgumentsRange();
        if (!range) return [];
        return [
          {
            message: 'A shell runs this, and passes no signals on.',
            range,
            fix: {
              title: 'Use the exec form',
              edits: [{ range, text: JSON.stringify(content.split(/\s+/)).replaceAll(',', ', ') }],
            },
          },
        ];
      }),
  },
  {
    id: 'several-cmd',
    why: 'Only the last CMD counts; those before it are ignored without a word.',
    find: (dockerfile) => {
      const from = dockerfile.getFROMs().at(-1);
      const commands = dockerfile.getCMDs().filter((cmd) => !from || isAfter(cmd, from));
      return commands
        .slice(0, -1)
        .map((cmd) => ({ message: 'A later CMD takes the place of this one.', range: cmd.getRange() }));
    },
  },
];

const runs = (dockerfile: Dockerfile): Instruction[] =>
  dockerfile.getInstructions().filter((each) => each.getKeyword() === 'RUN');
const adds = (dockerfile: Dockerfile): Instruction[] =>
  dockerfile.getInstructions().filter((each) => each.getKeyword() === 'ADD');
const copies = (dockerfile: Dockerfile): Instruction[] => [...dockerfile.getCOPYs(), ...adds(dockerfile)];

/** The command of a RUN as one line. */
const bodyOf = (run: Instruction): string =>
  (run.getRawArgumentsContent() ?? '').replace(/\\\r?\n/g, ' ').replace(/^\s*#.*$/gm, '');

const isAfter = (one: Instruction, other: Instruction): boolean =>
  one.getRange().start.line > other.getRange().start.line;

const emptyAt = (position: Position): Range => ({ start: position, end: position });

const insertAfter = (instruction: Instruction, text: string) => ({
  range: emptyAt(instruction.getRange().end),
  text,
});

/** Where the character `offset` of an instruction's text stands in the file. */
function positionIn(instruction: Instruction, offset: number): Position {
  const before = instruction.getTextContent().slice(0, offset).split('\n');
  const { line, character } = instruction.getRange().start;
  const last = before.at(-1) ?? '';
  return {
    line: line + before.length - 1,
    character: before.length === 1 ? character + last.length : last.length,
  };
}
