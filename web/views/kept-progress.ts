import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { LearnerProgress, ProgressImported } from '../../server/protocol.ts';
import { sentence } from '../api.ts';
import '../components/confirm.ts';
import { progressApi } from '../progress.ts';
import { View } from './view.ts';

/** Larger ones are none of ours; the server looks closer. */
const FILE_MAX_BYTES = 256 * 1024;

/** Taking progress along as a file, bringing it back, and having it forgotten. Event: `slip-progress-changed`. */
@customElement('slip-kept-progress')
export class SlipKeptProgress extends View {
  @property({ attribute: false }) progress: LearnerProgress = {};

  @state() private outcome = '';
  @state() private busy = false;

  override render() {
    const any = Object.keys(this.progress).length > 0;
    return html`<section class="kept" aria-labelledby="kept">
      <div>
        <h2 id="kept">Your progress</h2>
        <p class="muted">
          It is kept on this server for this browser, without an account. Take it along as a file to go on in
          another browser.
        </p>
        <p class="kept-outcome" role="status">${this.outcome}</p>
      </div>
      <div class="kept-actions">
        ${
          any
            ? html`<a class="button" href=${progressApi.file} download="slipway-progress.json"
                >Save as a file</a
              >`
            : nothing
        }
        <input
          class="visually-hidden"
          type="file"
          accept="application/json,.json"
          tabindex="-1"
          aria-hidden="true"
          @change=${this.onFile}
        />
        <button class="button" ?disabled=${this.busy} @click=${this.pick}>
          ${this.busy ? 'Reading…' : 'Bring a file'}
        </button>
        ${
          any
            ? html`<slip-confirm
                label="Forget"
                description="Forget my progress"
                question="All ticks and places in lessons are removed. Machines stay."
                @slip-confirm=${() => void this.forget()}
              ></slip-confirm>`
            : nothing
        }
      </div>
    </section>`;
  }

  private readonly pick = (): void => this.querySelector<HTMLInputElement>('input[type="file"]')?.click();

  private readonly onFile = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    if (file) void this.act(() => bring(file));
    input.value = '';
  };

  private forget(): Promise<void> {
    return this.act(async () => {
      await progressApi.forget();
      return 'Your progress is forgotten.';
    });
  }

  private async act(work: () => Promise<string>): Promise<void> {
    this.busy = true;
    try {
      this.outcome = await work();
      this.dispatchEvent(new Event('slip-progress-changed', { bubbles: true }));
    } catch (error) {
      this.outcome = sentence(error);
    } finally {
      this.busy = false;
    }
  }
}

async function bring(file: File): Promise<string> {
  if (file.size > FILE_MAX_BYTES) throw new Error('This file is too large to be one of progress.');
  return summaryOf(await progressApi.bring(parse(await file.text())));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('This is not a file of progress that Slipway has written.');
  }
}

function summaryOf({ lessons, unknown }: ProgressImported): string {
  const count = lessons.length;
  const brought = `Progress of ${count} ${count === 1 ? 'lesson' : 'lessons'} was brought.`;
  return unknown.length === 0 ? brought : `${brought} Not known here: ${unknown.join(', ')}.`;
}

declare global {
  interface HTMLElementTagNameMap {
    'slip-kept-progress': SlipKeptProgress;
  }
}
