import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { quoted, shortId } from './names.ts';

const NANOS = 1e6;

export const eventHappened: Judge<'event-happened'> = async (check, engine) => {
  const { type, action, attributes, since, times, missing } = check;
  const wanted = Object.entries(attributes);
  const from = since === 'step' ? (engine.stepBegan ?? Infinity) * NANOS : 0;
  // `exec_start: bash` is the action `exec_start` with its command.
  const happened = engine
    .events()
    .filter(
      (event) =>
        event.Type === type &&
        (event.Action === action || event.Action.startsWith(`${action}:`)) &&
        (event.timeNano ?? 0) >= from &&
        wanted.every(([key, value]) => event.Actor.Attributes[key] === value),
    );
  const name = happened.at(-1)?.Actor.Attributes.name;
  if (happened.length === 0) return fail(missing);
  if (happened.length < times) return fail(`${missing} So far: ${happened.length} of ${times}.`);
  if (name === undefined) return pass(`Seen: ${action}.`);
  return pass(`Seen: ${action} of ${quoted(name.startsWith('sha256:') ? shortId(name) : name)}.`);
};
