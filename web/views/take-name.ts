import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { sentence } from '../api.ts';
import { hubApi } from '../hub.ts';
import { View } from './view.ts';

/**
 * A form for a name on the hub.
 *
 * @fires slip-name-taken - The name is the learner's now.
 */
@customElement('slip-take-name')
export class SlipTakeName extends View {
  @state() private open = false;
  @state() private busy = false;
  @state() private problem = '';
  @state() private taken = '';

  override render() {
    return html`<p class="hub-taken" role="status">
        ${
          this.taken
            ? html`<strong>${this.taken}</strong> is yours. In a machine:
                <code>docker login -u ${this.taken}</code>`
            : nothing
        }
      </p>
      ${
        this.open
          ? this.renderForm()
          : html`<button class="button" @click=${() => void this.onOpen()}>Take a name</button>`
      }`;
  }

  private renderForm() {
    return html`<form class="hub-form" @submit=${(event: SubmitEvent) => void this.onSubmit(event)}>
      <label>
        <span>Name</span>
        <input
          name="name"
          required
          maxlength="30"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          aria-describedby="hub-name-hint"
        />
      </label>
      <label>
        <span>Password</span>
        <input name="password" type="password" required maxlength="512" autocomplete="new-password" />
      </label>
      <div class="hub-form-buttons">
        <button class="button primary" ?disabled=${this.busy}>Take it</button>
        <button class="button" type="button" @click=${() => void this.onClose()}>Cancel</button>
      </div>
      <p class="muted" id="hub-name-hint">
        2 to 30 lower-case letters and digits. Your machines log in with this password.
      </p>
      <p class="hub-form-problem" role="alert">${this.problem}</p>
    </form>`;
  }

  private async onOpen(): Promise<void> {
    this.open = true;
    this.taken = '';
    await this.updateComplete;
    this.querySelector('input')?.focus();
  }

  private async onClose(): Promise<void> {
    this.open = false;
    this.problem = '';
    await this.updateComplete;
    this.querySelector('button')?.focus();
  }

  private async onSubmit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (!(event.target instanceof HTMLFormElement)) return;
    const fields = new FormData(event.target);
    this.busy = true;
    this.problem = '';
    try {
      const { name } = await hubApi.addName(
        textOf(fields.get('name')).trim(),
        textOf(fields.get('password')),
      );
      this.taken = name;
      await this.onClose();
      this.dispatchEvent(new Event('slip-name-taken', { bubbles: true }));
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.busy = false;
    }
  }
}

function textOf(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value : '';
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-take-name': SlipTakeName;
  }
}
