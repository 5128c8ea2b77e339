/** How the learner likes the page; kept in this browser. */
export interface Preferences {
  /** Percent of the width that the lesson takes beside the rest. */
  readonly lessonWidth: number;
  /** Percent of the height that the lesson takes above the rest, on a narrow screen. */
  readonly lessonHeight: number;
  readonly lessonHidden: boolean;
  /** Percent of the height that the editor takes above the terminals. */
  readonly editorHeight: number;
  readonly editorHidden: boolean;
  /** Percent of the editor's width that the list of files takes. */
  readonly filesWidth: number;
  /** Percent of the width that editor and terminals take beside the map. */
  readonly workWidth: number;
  /** Percent of the width that the editor takes beside a port. */
  readonly portWidth: number;
  readonly mapShown: boolean;
  /** The map also shows what the task asks for. */
  readonly goalShown: boolean;
  /** Two terminals are shown at a time. */
  readonly terminalsSplit: boolean;
  /** One above the other instead of side by side. */
  readonly terminalsStacked: boolean;
  /** Percent of the room that the first of two terminals takes. */
  readonly terminalSize: number;
  /** Everything is larger, to be read from the back of a room. */
  readonly projector: boolean;
  /** Terminals write what they show into the page for screen readers. */
  readonly screenReader: boolean;
  /** `?`, `U` and `M` do something by themselves; in the way of those who speak to their computer. */
  readonly singleKeys: boolean;
}

const KEY = 'slipway';
const DEFAULTS: Preferences = {
  lessonWidth: 40,
  lessonHeight: 45,
  lessonHidden: false,
  editorHeight: 45,
  editorHidden: false,
  filesWidth: 26,
  workWidth: 60,
  portWidth: 50,
  mapShown: false,
  goalShown: false,
  terminalsSplit: false,
  terminalsStacked: false,
  terminalSize: 50,
  projector: false,
  screenReader: false,
  singleKeys: true,
};

type Kept = Pick<Storage, 'getItem' | 'setItem'>;

export function readPreferences(storage: Kept = localStorage): Preferences {
  try {
    const kept: unknown = JSON.parse(storage.getItem(KEY) ?? '{}');
    return typeof kept === 'object' && kept !== null ? { ...DEFAULTS, ...wellFormed(kept) } : DEFAULTS;
  } catch {
    // Storage is refused (private windows) or holds something else: the defaults are fine.
    return DEFAULTS;
  }
}

export function writePreferences(preferences: Preferences, storage: Kept = localStorage): void {
  try {
    storage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // It is only kept until the page closes, then.
  }
}

function wellFormed(kept: object): Partial<Preferences> {
  const shapes: Readonly<Record<string, unknown>> = { ...DEFAULTS };
  return Object.fromEntries(
    Object.entries(kept).filter(([key, value]) => typeof value === typeof shapes[key] && isPossible(value)),
  );
}

/** A part never takes all of the page. */
const isPossible = (value: unknown): boolean =>
  typeof value === 'number' ? value >= 20 && value <= 75 : typeof value === 'boolean';
