import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isTyping } from './workspace-parts.ts';

const PARTS = 'slip-lesson, slip-editor, slip-preview, slip-terminals, slip-map-pane';
/** Those in which it is a long way by Tab from the beginning to where one was. */
const LONG_PARTS = 'slip-lesson, slip-map-pane';
/** What a character shows and puts away. */
const PANELS: Readonly<Record<string, 'slip-help' | 'slip-moments'>> = {
  '?': 'slip-help',
  u: 'slip-moments',
};

/** The page that has the parts. */
interface Whole extends HTMLElement, ReactiveControllerHost {
  turn(part: 'map'): void;
}

/** The keys of a workspace as a whole: `?`, `U`, `M`, and F6 from part to part. */
export class PartKeys implements ReactiveController {
  readonly #host: Whole;
  /** Whether a character alone means something, at this moment. */
  readonly #single: () => boolean;
  /** What had the focus last in a part to whose middle F6 goes back. */
  readonly #last = new WeakMap<Element, HTMLElement>();

  constructor(host: Whole, single: () => boolean) {
    this.#host = host;
    this.#single = single;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener('keydown', this.#onKey);
    this.#host.addEventListener('focusout', this.#onLeave);
  }

  hostDisconnected(): void {
    document.removeEventListener('keydown', this.#onKey);
    this.#host.removeEventListener('focusout', this.#onLeave);
  }

  readonly leaveTerminal = (event: Event): void => {
    event.stopPropagation();
    const before = document.activeElement;
    this.#focusNext(1);
    // The terminals are all there is: then to their tabs.
    if (document.activeElement === before)
      this.#host.querySelector<HTMLElement>('[role="tab"][aria-selected="true"]')?.focus();
  };

  /** F6 goes to the next part, with Shift to the one before; inside a terminal it is `leaveTerminal`. */
  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'F6') this.#focusNext(event.shiftKey ? -1 : 1);
    else if (!this.#single() || isTyping(event) || !this.#onSingle(event.key)) return;
    event.preventDefault();
  };

  /** A character alone; false where it means nothing. */
  #onSingle(key: string): boolean {
    const panel = PANELS[key];
    if (panel) this.#host.querySelector(panel)?.toggle();
    else if (key === 'm') void this.#turnMap();
    else return false;
    return true;
  }

  /** To the map when it is shown; to where it was when the map with the focus in it is put away. */
  async #turnMap(): Promise<void> {
    this.#host.turn('map');
    await new Promise(requestAnimationFrame);
    const parts = this.#parts();
    const map = parts.find(({ localName }) => localName === 'slip-map-pane');
    const nowhere = !parts.some((part) => part.contains(document.activeElement));
    const part = map ?? (nowhere ? parts[0] : undefined);
    if (part) this.#focusPart(part);
  }

  #focusNext(step: 1 | -1): void {
    const parts = this.#parts();
    const at = parts.findIndex((part) => part.contains(document.activeElement));
    // From nowhere to the terminals: it is where one most likely wants to be.
    const to = at === -1 ? parts.findIndex(({ localName }) => localName === 'slip-terminals') : at + step;
    const part = parts[(to + parts.length) % parts.length];
    if (part) this.#focusPart(part);
  }

  /** What is shown, in the order of F6. */
  #parts(): HTMLElement[] {
    return [...this.#host.querySelectorAll<HTMLElement>(PARTS)].filter((part) => part.checkVisibility());
  }

  /** Where it was last; the lesson at its title the first time. */
  #focusPart(part: HTMLElement): void {
    const last = this.#last.get(part);
    if (last?.checkVisibility()) last.focus();
    if (part.contains(document.activeElement)) return;
    const heading = part.localName === 'slip-lesson' ? part.querySelector<HTMLElement>('h1') : null;
    (heading ?? part).focus();
  }

  /** Not on the way in: what moves inside of one shadow is not seen from out here. */
  readonly #onLeave = (event: Event): void => {
    const [element] = event.composedPath();
    const part = event.target instanceof Element ? event.target.closest(LONG_PARTS) : null;
    if (part && element instanceof HTMLElement) this.#last.set(part, element);
  };
}
