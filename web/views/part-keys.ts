import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { isTyping } from './workspace-parts.ts';

const PARTS = 'slip-lesson, slip-editor, slip-preview, slip-terminals, slip-map-pane';

/** The keys of a workspace as a whole: `?`, `U`, and F6 from part to part. */
export class PartKeys implements ReactiveController {
  readonly #host: HTMLElement;

  constructor(host: HTMLElement & ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener('keydown', this.#onKey);
  }

  hostDisconnected(): void {
    document.removeEventListener('keydown', this.#onKey);
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
    if (event.key === '?' && !isTyping(event)) {
      event.preventDefault();
      this.#host.querySelector('slip-help')?.toggle();
    }
    if (event.key === 'u' && !isTyping(event)) {
      event.preventDefault();
      this.#host.querySelector('slip-moments')?.toggle();
    }
    if (event.key !== 'F6') return;
    event.preventDefault();
    this.#focusNext(event.shiftKey ? -1 : 1);
  };

  #focusNext(step: 1 | -1): void {
    const parts = this.#parts();
    const at = parts.findIndex((part) => part.contains(document.activeElement));
    // From nowhere to the terminals: it is where one most likely wants to be.
    const to = at === -1 ? parts.findIndex(({ localName }) => localName === 'slip-terminals') : at + step;
    focusPart(parts[(to + parts.length) % parts.length]);
  }

  /** What is shown, in the order of F6. */
  #parts(): HTMLElement[] {
    return [...this.#host.querySelectorAll<HTMLElement>(PARTS)].filter((part) => part.checkVisibility());
  }
}

/** The lesson takes the focus at its title. */
function focusPart(part: HTMLElement | undefined): void {
  const heading = part?.localName === 'slip-lesson' ? part.querySelector<HTMLElement>('h1') : null;
  (heading ?? part)?.focus();
}
