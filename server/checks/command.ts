import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { wrongText } from './text.ts';

export const command: Judge<'command'> = async (check, engine) => {
  const { exitCode, output, timedOut } = await engine.run(check.run, check.seconds * 1000);
  const right = !timedOut && exitCode === check.exitCode && wrongText(check, output) === undefined;
  return right ? pass('The machine answers as asked.') : fail(check.missing);
};
