import { html } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { glyphs } from '../components/glyphs.ts';
import { View } from './view.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['?', 'Show and hide this list, where nothing is being typed'],
  ['U', 'Undo: bring the machine back to how it was, where nothing is being typed'],
  ['M', 'Show the map and go there, or put it away, where nothing is being typed'],
  ['F6, Shift+F6', 'To the next part of the page: lesson, editor, terminal, map; to the one before'],
  ['Ctrl+C', 'Copy what is selected; otherwise interrupt the program'],
  ['Ctrl+V', 'Paste; in programs that fill the screen, such as vim, it is theirs'],
  ['Ctrl+Shift+C, Ctrl+Shift+V', 'Always copy, always paste'],
  ['Ctrl+Shift+F', 'Find in the terminal'],
  ['Ctrl+Shift+5', 'Two terminals beside each other, or one again'],
  ['Ctrl+Shift+Arrow', 'To the other one of two terminals'],
  ['Shift+Page Up, Shift+Page Down', 'Scroll the terminal'],
  ['Left, Right, Delete', 'On a tab: the next terminal, or close this one'],
  ['Arrows, Enter, Escape', 'In the map: from one thing to the next, open what is known of it, close that'],
  ['G', 'In the map: what the task asks for, drawn over what is there; once more to hide it'],
  ['F8', 'In the editor: to the next problem, and what it is'],
  ['Ctrl+Space, Ctrl+.', 'In the editor: what could stand here, and how to mend a problem'],
  ['Ctrl+M', 'In the editor: the Tab key leaves it, or writes a tab'],
];
const MAC_KEYS: readonly (readonly [string, string])[] = [
  ['?', 'Show and hide this list, where nothing is being typed'],
  ['U', 'Undo: bring the machine back to how it was, where nothing is being typed'],
  ['M', 'Show the map and go there, or put it away, where nothing is being typed'],
  ['F6, Shift+F6', 'To the next part of the page: lesson, editor, terminal, map; to the one before'],
  ['Command+C, Command+V', 'Copy what is selected, and paste'],
  ['Control+C', 'Interrupt the program'],
  ['Command+F', 'Find in the terminal'],
  ['Control+Shift+5', 'Two terminals beside each other, or one again'],
  ['Control+Shift+Arrow', 'To the other one of two terminals'],
  ['Shift+Page Up, Shift+Page Down', 'Scroll the terminal'],
  ['Left, Right, Delete', 'On a tab: the next terminal, or close this one'],
  ['Arrows, Enter, Escape', 'In the map: from one thing to the next, open what is known of it, close that'],
  ['G', 'In the map: what the task asks for, drawn over what is there; once more to hide it'],
  ['F8', 'In the editor: to the next problem, and what it is'],
  ['Control+Space, Command+.', 'In the editor: what could stand here, and how to mend a problem'],
  ['Control+Shift+M', 'In the editor: the Tab key leaves it, or writes a tab'],
];

/**
 * The keys, in a panel that any click beside it closes. Events, when a switch is used: `slip-help-screen-reader`,
 * `slip-help-projector` and `slip-help-single-keys`.
 */
@customElement('slip-help')
export class SlipHelp extends View {
  @property({ type: Boolean }) screenReader = false;
  @property({ type: Boolean }) projector = false;
  @property({ type: Boolean }) singleKeys = false;

  @query('#help') private panel!: HTMLElement | null;

  toggle(): void {
    this.panel?.togglePopover();
  }

  override render() {
    const keys = /mac/i.test(navigator.userAgent) ? MAC_KEYS : KEYS;
    return html`<button class="button quiet small" popovertarget="help">
        ${glyphs.keyboard} <span class="help-name">Keys</span>
      </button>
      <div class="help" id="help" popover role="dialog" aria-labelledby="help-title" tabindex="-1" autofocus>
        <h2 id="help-title">Keys and modes</h2>
        <label class="help-switch">
          <input
            type="checkbox"
            .checked=${this.screenReader}
            @change=${() => this.dispatchEvent(new Event('slip-help-screen-reader'))}
          />
          <span>Screen reader mode: the terminal writes its text where a screen reader finds it</span>
        </label>
        <label class="help-switch">
          <input
            type="checkbox"
            .checked=${this.projector}
            @change=${() => this.dispatchEvent(new Event('slip-help-projector'))}
          />
          <span>Projector mode: everything is larger</span>
        </label>
        <label class="help-switch">
          <input
            type="checkbox"
            .checked=${this.singleKeys}
            @change=${() => this.dispatchEvent(new Event('slip-help-single-keys'))}
          />
          <span>Keys of one character, ?, U and M; off for those who speak to their computer</span>
        </label>
        <dl>
          ${keys.map(
            ([key, meaning]) =>
              html`<dt>${renderKeys(key)}</dt>
                <dd>${meaning}</dd>`,
          )}
        </dl>
        <p class="muted">A right click in the terminal opens the browser’s own menu, with copy and paste.</p>
      </div>`;
  }
}

const renderKeys = (keys: string) => keys.split(', ').map((key) => html`<kbd>${key}</kbd> `);

declare global {
  interface HTMLElementTagNameMap {
    'slip-help': SlipHelp;
  }
}
