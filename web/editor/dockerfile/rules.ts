import { DockerfileParser, type Dockerfile, type Instruction } from 'dockerfile-ast';
import type { RuleId } from './guide.ts';

/** What is said of a line of a Dockerfile that builds, and could be better. */
export interface Finding {
  readonly rule: RuleId;
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

/** A rule as data: what it is called, and where a Dockerfile breaks it. Its page is in `guide.ts`. */
export interface Rule {
  readonly id: RuleId;
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
    find: (dockerfile) =>
      runs(dockerfile).flatMap((run) =>
        /^\s*cd\s+\S+\s*$/.test(bodyOf(run))
          ? [{ message: 'This has no effect on the steps after it.', range: run.getRange() }]
          : [],
      ),
  },
  {
    id: 'shell-form',
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
