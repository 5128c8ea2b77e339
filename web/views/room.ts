import type { Preferences } from '../preferences.ts';

/** A part that a learner shows and puts away; the terminals are there whenever nothing takes their place. */
export type Part = 'lesson' | 'editor' | 'map';

/**
 * How much fits: all parts side by side; the lesson above the rest, with the map in the place of editor and terminals; or
 * one part at a time, as on a screen that is enlarged to four times its size.
 */
export type Room = 'wide' | 'narrow' | 'single';

type Shown = Pick<Preferences, 'lessonHidden' | 'editorHidden' | 'mapShown'>;

/** Too narrow for two parts side by side. */
export const NARROW = '(width < 800px), (width < 1000px) and (orientation: portrait)';
/** Too low for one part above the other, too. */
export const SINGLE = '(width < 800px) and (height < 480px)';

/** What is in sight: what the learner wants to see, less what has no room beside it. */
export function inSight(wanted: Shown, room: Room): Readonly<Record<Part, boolean>> {
  const lesson = !wanted.lessonHidden;
  const rest = room !== 'single' || !lesson;
  const map = wanted.mapShown && rest;
  return { lesson, map, editor: !wanted.editorHidden && rest && (room === 'wide' || !map) };
}

/** Puts a part away when it is in sight; otherwise brings it there, and puts away what has no room beside it. */
export function toggled(part: Part, wanted: Shown, room: Room): Partial<Shown> {
  const shows = !inSight(wanted, room)[part];
  switch (part) {
    case 'lesson':
      return { lessonHidden: !shows };
    case 'editor':
      return { ...(shows && besideTerminals(wanted, room)), editorHidden: !shows };
    case 'map':
      return { mapShown: shows, ...(shows && room === 'single' && { lessonHidden: true }) };
  }
}

/** Puts away what takes the place of the terminals. */
export function besideTerminals(wanted: Shown, room: Room): Partial<Shown> {
  return {
    ...(room !== 'wide' && wanted.mapShown && { mapShown: false }),
    ...(room === 'single' && !wanted.lessonHidden && { lessonHidden: true }),
    ...(room === 'single' && !wanted.editorHidden && { editorHidden: true }),
  };
}
