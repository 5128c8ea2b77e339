import { fail, pass } from './images.ts';
import type { Judge } from './judge.ts';
import { quoted } from './names.ts';

export const eventHappened: Judge<'event-happened'> = async (
  { type, action, attributes, missing },
  engine,
) => {
  const wanted = Object.entries(attributes);
  // `exec_start: bash` is the action `exec_start` with its command.
  const happened = engine
    .events()
    .find(
      (event) =>
        event.Type === type &&
        (event.Action === action || event.Action.startsWith(`${action}:`)) &&
        wanted.every(([key, value]) => event.Actor.Attributes[key] === value),
    );
  const name = happened?.Actor.Attributes.name;
  if (!happened) return fail(missing);
  return pass(name === undefined ? `Seen: ${action}.` : `Seen: ${action} of ${quoted(name)}.`);
};
