import { describe, expect, it } from 'vitest';
import { readPreferences, writePreferences } from './preferences.ts';

function storage(kept?: string) {
  let value = kept ?? null;
  return {
    getItem: () => value,
    setItem: (_key: string, text: string) => void (value = text),
  };
}

const defaults = readPreferences(storage());

describe('preferences', () => {
  it('are kept', () => {
    const kept = storage();
    writePreferences({ ...defaults, lessonWidth: 55, lessonHidden: true }, kept);
    expect(readPreferences(kept)).toEqual({ ...defaults, lessonWidth: 55, lessonHidden: true });
  });

  it.each([
    ['nothing', undefined],
    ['no JSON', 'lessonWidth=55'],
    ['something else', '"text"'],
    ['other types', '{"lessonWidth":"wide","lessonHidden":1}'],
    ['impossible sizes', '{"lessonWidth":-3,"lessonHeight":100}'],
    ['names that every object has', '{"constructor":true,"toString":40}'],
  ])('are the usual ones where storage holds %s', (_what, kept) => {
    expect(readPreferences(storage(kept))).toEqual(defaults);
  });

  it('are the usual ones where the browser refuses storage', () => {
    const refuse = (): never => {
      throw new Error('denied');
    };
    const refusing = { getItem: refuse, setItem: refuse };
    writePreferences(defaults, refusing);
    expect(readPreferences(refusing)).toEqual(defaults);
  });
});
