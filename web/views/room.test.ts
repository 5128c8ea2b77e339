import { expect, it } from 'vitest';
import { besideTerminals, inSight, toggled } from './room.ts';

const ALL = { lessonHidden: false, editorHidden: false, mapShown: true };

it('shows all that is wanted where there is room', () => {
  expect(inSight(ALL, 'wide')).toEqual({ lesson: true, editor: true, map: true });
  expect(toggled('map', ALL, 'wide')).toEqual({ mapShown: false });
  expect(toggled('lesson', ALL, 'wide')).toEqual({ lessonHidden: true });
  expect(toggled('editor', { ...ALL, editorHidden: true }, 'wide')).toEqual({ editorHidden: false });
  expect(besideTerminals(ALL, 'wide')).toEqual({});
});

it('says of a narrow page that the map is in the place of the editor, and takes it away for the editor', () => {
  expect(inSight(ALL, 'narrow')).toEqual({ lesson: true, editor: false, map: true });
  const wanted = { ...ALL, ...toggled('editor', ALL, 'narrow') };
  expect(inSight(wanted, 'narrow')).toEqual({ lesson: true, editor: true, map: false });
});

it('shows one part at a time where there is room for no more', () => {
  expect(inSight(ALL, 'single')).toEqual({ lesson: true, editor: false, map: false });
  for (const part of ['map', 'editor'] as const) {
    const shown = inSight({ ...ALL, ...toggled(part, ALL, 'single') }, 'single');
    expect(Object.entries(shown).filter(([, is]) => is)).toEqual([[part, true]]);
  }
  expect(inSight({ ...ALL, ...besideTerminals(ALL, 'single') }, 'single')).toMatchObject({
    lesson: false,
    editor: false,
    map: false,
  });
});
