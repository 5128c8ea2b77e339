import type { LessonSource } from '../../../lessons/schema.ts';
import { distance } from '../../../lessons/problems.ts';
import { placeholdersIn } from '../../../lessons/variables.ts';
import {
  commandLines,
  dockerCommands,
  lineOf,
  lineOfExercise,
  proseLines,
  type Finding,
  type WrittenLesson,
} from './lesson.ts';

/** What a rule finds: where, and what. The rest of a `Finding` is the rule's own. */
export type Found = Pick<Finding, 'line' | 'message'>;

export interface Rule {
  readonly name: string;
  readonly severity: Finding['severity'];
  /** What it demands, for the author's guide. */
  readonly demands: string;
  /** `all` are the lessons of the folder that could be read, this one among them. */
  readonly check: (lesson: WrittenLesson, all: readonly WrittenLesson[]) => Found[];
}

/** Beyond the format itself, which the reader holds: what makes a lesson provable, findable and true to its promises. */
export const RULES: readonly Rule[] = [
  {
    name: 'solution',
    severity: 'error',
    demands:
      'Every task has a `solution` or a `replay`, or the folder a `solution.sh`: else nobody knows that it can be done.',
    check: (written) =>
      tasksOf(written.lesson)
        .filter(({ solution, replay }) => solution === undefined && replay === undefined)
        .filter(() => !written.lesson.assets.has(SOLUTION))
        .map(({ id }) => ({
          line: lineOfExercise(written, id),
          message: `The task \`${id}\` has no \`solution\`: add the lines that solve it.`,
        })),
  },
  {
    name: 'interactive-solution',
    severity: 'error',
    demands:
      'A solution that asks for a person (`-it`, `attach`, an editor) has a `replay` that does the same without.',
    check: (written) =>
      tasksOf(written.lesson)
        .filter(({ solution = '', replay }) => replay === undefined && INTERACTIVE.test(solution))
        .map(({ id }) => ({
          line: lineOfExercise(written, id),
          message: `The solution of \`${id}\` waits for a person: add a \`replay\` with lines that do the same alone.`,
        })),
  },
  {
    name: 'hint',
    severity: 'error',
    demands: 'Every task has a hint.',
    check: (written) =>
      tasksOf(written.lesson)
        .filter(({ hints }) => hints.length === 0)
        .map(({ id }) => ({
          line: lineOfExercise(written, id),
          message: `The task \`${id}\` has no hint: say what to try, from a nudge to the command.`,
        })),
  },
  {
    name: 'link',
    severity: 'error',
    demands: 'Links lead somewhere: to a lesson, the hub, a step of the lesson, or to https.',
    check: (written, all) => links(written).flatMap((link) => linkProblem(link, written, all)),
  },
  {
    name: 'raw-html',
    severity: 'error',
    demands: 'No HTML: it would be shown as text.',
    check: (written) =>
      proseLines(written)
        .map(({ text, line }) => ({
          tag: /<\/?[a-z][a-z0-9-]*(?:\s[^<>]*)?>/i.exec(withoutCode(text))?.[0],
          line,
        }))
        .flatMap(({ tag, line }) =>
          tag === undefined || /^<https?:/.test(tag)
            ? []
            : [
                {
                  line,
                  message: `\`${tag}\` would be shown as text: write Markdown, or put it in backticks.`,
                },
              ],
        ),
  },
  {
    name: 'needs-order',
    severity: 'error',
    demands: 'What a lesson `needs` stands before it, and never needs it in turn.',
    check: (written, all) =>
      written.lesson.needs
        .filter((slug) => (all.find((other) => other.lesson.slug === slug)?.number ?? 0) >= written.number)
        .map((slug) => ({
          line: lineOf(written, /^needs:/),
          message: `It needs \`${slug}\`, which comes after it: change the order of the folders, or the need.`,
        })),
  },
  {
    name: 'outcome',
    severity: 'error',
    demands: 'What an outcome names in `code` is taught: it stands in the lesson’s text or commands.',
    check: (written) =>
      written.lesson.outcomes.flatMap((outcome) => {
        const line = lineOf(written, outcome.slice(0, 30));
        const body = written.lines.slice(written.lines.indexOf('---', 1) + 1).join('\n');
        return codeIn(outcome)
          .filter((code) => !body.includes(code))
          .map((code) => ({
            line,
            message: `The outcome promises \`${code}\`, and the lesson never has it.`,
          }));
      }),
  },
  {
    name: 'covered',
    severity: 'warning',
    demands:
      'Each Docker command of the text that changes something is used by some solution, so that a test runs it.',
    check: (written) => {
      const covered = new Set(dockerCommands(replayed(written.lesson)));
      const told = new Set<string>();
      return commandLines(written)
        .filter(({ run }) => run)
        .flatMap(({ text, line }) => dockerCommands(text).map((command) => ({ command, line })))
        .filter(
          ({ command }) =>
            !LOOKING.has(command) && !covered.has(command) && !told.has(command) && told.add(command),
        )
        .map(({ command, line }) => ({
          line,
          message: `No solution of this lesson uses \`docker ${command}\`: nothing proves what is said about it.`,
        }));
    },
  },
  {
    name: 'enough-to-do',
    severity: 'warning',
    demands: 'At least five tasks, and a quiz or a prediction.',
    check: ({ lesson }) => {
      const count = tasksOf(lesson).length;
      const asks = lesson.exercises.some(({ type }) => type !== 'task');
      return [
        ...(count < 5
          ? [
              {
                line: 1,
                message: `It has ${count} ${count === 1 ? 'task' : 'tasks'}: five keep a learner’s hands busy.`,
              },
            ]
          : []),
        ...(asks ? [] : [{ line: 1, message: 'It asks nothing: add a quiz or a prediction.' }]),
      ];
    },
  },
  {
    name: 'minutes',
    severity: 'warning',
    demands: '`minutes` is near what reading and doing take.',
    check: (written) => {
      const minutes = Math.round(minutesFor(written));
      const told = written.lesson.minutes;
      if (told >= minutes / 2 && told <= minutes * 2) return [];
      return [
        {
          line: lineOf(written, /^minutes:/),
          message: `It says ${told} minutes; reading and doing take about ${minutes}.`,
        },
      ];
    },
  },
  {
    name: 'tag',
    severity: 'warning',
    demands: 'Tags are spelt alike in all lessons.',
    check: (written, all) => {
      const others = new Set(all.filter((other) => other !== written).flatMap(({ lesson }) => lesson.tags));
      return written.lesson.tags.flatMap((tag) => {
        const like = [...others].find((other) => tag.length > 3 && distance(tag, other) === 1);
        return others.has(tag) || like === undefined
          ? []
          : [
              {
                line: lineOf(written, /^tags:/),
                message: `Other lessons have the tag \`${like}\`, this one \`${tag}\`.`,
              },
            ];
      });
    },
  },
  {
    name: 'unused-file',
    severity: 'warning',
    demands: 'Every file of the folder is shown or used.',
    check: (written) =>
      [...written.lesson.assets.keys()]
        .filter((path) => path !== SOLUTION && !written.lines.some((line) => line.includes(path)))
        .map((path) => ({ line: 1, message: `\`${path}\` lies in the folder and is not used.` })),
  },
  {
    name: 'unused-variable',
    severity: 'warning',
    demands: 'Every variable is used.',
    check: (written) => {
      const used = new Set(written.lines.flatMap(placeholdersIn));
      const predicted = written.lesson.exercises.flatMap((exercise) =>
        exercise.type === 'predict' && exercise.value !== undefined ? [exercise.value] : [],
      );
      return Object.keys(written.lesson.variables)
        .filter((name) => !used.has(name) && !predicted.includes(name))
        .map((name) => ({
          line: lineOf(written, new RegExp(`^\\s+${name}:`)),
          message: `The variable \`${name}\` is used nowhere.`,
        }));
    },
  },
  {
    name: 'one-rung',
    severity: 'warning',
    demands:
      'The last hint of a task with a solution does not stand alone: a nudge comes before the command.',
    check: (written) =>
      tasksOf(written.lesson)
        .filter(
          ({ hints, solution = '' }) =>
            hints.length === 1 && solution !== '' && textOf(hints[0]).includes(solution),
        )
        .map(({ id }) => ({
          line: lineOfExercise(written, id),
          message: `The only hint of \`${id}\` gives the solution away, which is offered anyway: give a nudge instead.`,
        })),
  },
];

/** Commands that change nothing: no solution has a use for them. */
const LOOKING = new Set([
  ...[
    'image ls',
    'image inspect',
    'image history',
    'container ls',
    'container inspect',
    'inspect',
    'history',
  ],
  ...[
    'logs',
    'diff',
    'port',
    'top',
    'stats',
    'search',
    'version',
    'info',
    'events',
    'system df',
    'system info',
  ],
  ...[
    'manifest inspect',
    'trust inspect',
    'volume ls',
    'volume inspect',
    'network ls',
    'network inspect',
    'compose ps',
    'compose logs',
    'compose config',
  ],
]);

/** Solves a whole lesson; older than solutions of single tasks. */
const SOLUTION = 'solution.sh';

/** Programs that wait for somebody. */
const INTERACTIVE =
  /\bdocker (?:container )?(?:run|exec)\b[^\n|;&]*\s(?:-\w*t\w*|--tty)\s|\bdocker (?:container )?(?:attach|start\s+-\w*i)\b|^\s*(?:vim?|nano|less|more|top)\b/m;

type Task = Extract<LessonSource['exercises'][number], { type: 'task' }>;

const tasksOf = ({ exercises }: LessonSource): Task[] =>
  exercises.filter((exercise) => exercise.type === 'task');

const textOf = (hint: Task['hints'][number] | undefined): string =>
  typeof hint === 'string' ? hint : (hint?.text ?? '');

/** All that the test of the lesson runs. */
function replayed({ exercises, assets }: LessonSource): string {
  const whole = assets.get(SOLUTION)?.toString() ?? '';
  return exercises
    .map((exercise) => {
      if (exercise.type === 'task') return `${exercise.replay ?? ''}\n${exercise.solution ?? ''}`;
      return exercise.type === 'predict' ? (exercise.run ?? '') : '';
    })
    .concat(whole)
    .join('\n');
}

const WORDS_PER_MINUTE = 160;
const MINUTES_PER_COMMAND = 0.4;
const MINUTES_PER_EXERCISE = 0.8;

function minutesFor(written: WrittenLesson): number {
  const words = proseLines(written).flatMap(({ text }) =>
    text.split(/\s+/).filter((word) => word !== ''),
  ).length;
  const { length: commands } = commandLines(written);
  return (
    words / WORDS_PER_MINUTE +
    commands * MINUTES_PER_COMMAND +
    written.lesson.exercises.length * MINUTES_PER_EXERCISE
  );
}

interface Link {
  readonly target: string;
  readonly line: number;
}

/** Links of the prose; pictures are the reader's. */
function links(written: WrittenLesson): Link[] {
  return proseLines(written).flatMap(({ text, line }) =>
    [...withoutCode(text).matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]*)[^)]*\)/g)].map(([, target = '']) => ({
      target,
      line,
    })),
  );
}

function linkProblem({ target, line }: Link, written: WrittenLesson, all: readonly WrittenLesson[]): Found[] {
  if (/^https:\/\/[\w.-]+\.[a-z]{2,}(?:[/?#]|$)/.test(target)) return [];
  if (target === '/' || target === '/machine' || target === '/hub' || target.startsWith('/hub/')) return [];
  const lesson = /^\/lessons\/([a-z0-9-]+)$/.exec(target)?.[1];
  if (lesson !== undefined && all.some((other) => other.lesson.slug === lesson)) return [];
  const step = /^#step-(.+)$/.exec(target)?.[1];
  if (step !== undefined && written.lesson.steps.some(({ id }) => id === step)) return [];
  const what =
    lesson === undefined ? `The link \`${target}\` leads nowhere` : `There is no lesson \`${lesson}\``;
  return [{ line, message: `${what}: it can be https://…, /lessons/SLUG, /hub or #step-ID.` }];
}

const codeIn = (sentence: string): string[] =>
  [...sentence.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const withoutCode = (text: string): string => text.replace(/`[^`]*`/g, '``');
