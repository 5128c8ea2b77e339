import type { Build, Transfer } from '../engine/schemas.ts';
import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { familiarName, quoted } from './names.ts';

export const pushed: Judge<'pushed'> = async (check, engine) => {
  const push = engine
    .transfers()
    .filter(({ verb, reference }) => verb === 'push' && reference.includes(check.reference))
    .at(-1);
  if (!push) return fail(`Nothing like \`${check.reference}\` has been pushed yet.`);
  const name = quoted(push.reference);
  if (push.state === 'running') return fail(`${name} is being pushed.`);
  if (push.state === 'failed') return fail(`The push of ${name} failed: Docker said why in the terminal.`);
  for (const [what, wanted] of [
    ['sent', check.sent],
    ['there', check.there],
    ['mounted', check.mounted],
  ] as const) {
    const found = countOf(push, what);
    if (wanted !== undefined && found !== wanted)
      return fail(
        `When ${name} was pushed, ${found} of its layers ${WORDS[what]}; the task asks for ${wanted}.`,
      );
  }
  return pass(`${name} was pushed.`);
};

const STATES = { sent: 'done', there: 'there', mounted: 'mounted' } as const;
const WORDS = {
  sent: 'travelled',
  there: 'were there already',
  mounted: 'were taken from another repository',
};

function countOf({ layers }: Transfer, what: keyof typeof STATES): number {
  return layers.filter(({ state }) => state === STATES[what]).length;
}

export const buildSteps: Judge<'build-steps'> = async ({ tag, cached, made }, engine) => {
  const build = engine
    .builds()
    .filter(({ tags }) => tags.some((one) => familiarName(one) === familiarName(tag)))
    .at(-1);
  if (!build) return fail(`Nothing has been built as \`${familiarName(tag)}\` yet.`);
  const name = `the last build of \`${familiarName(tag)}\``;
  if (build.state === 'running') return fail(`${capital(name)} is under way.`);
  if (build.state === 'failed') return fail(`${capital(name)} failed: Docker said why in the terminal.`);
  return (
    wrongStep(build, cached, 'cached', name) ??
    wrongStep(build, made, 'made', name) ??
    pass(`${capital(name)} went as asked.`)
  );
};

function wrongStep(build: Build, parts: readonly string[], wanted: 'cached' | 'made', name: string) {
  for (const part of parts) {
    const step = build.steps.find(({ text }) => text.toLowerCase().includes(part.toLowerCase()));
    if (!step) return fail(`No step of ${name} has ${quoted(part)} in it.`);
    if (step.result === wanted) continue;
    return fail(
      wanted === 'cached'
        ? `In ${name}, ${quoted(step.text)} was carried out anew, not taken from the cache. Something before it has changed.`
        : `In ${name}, ${quoted(step.text)} came from the cache.`,
    );
  }
  return undefined;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
