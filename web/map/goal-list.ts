import { html } from 'lit';
import type { MapGoal } from '../../server/protocol.ts';
import { inlineCode } from '../text.ts';
import { choice } from './choice.ts';
import { beginningOf, isDone, restOf } from './goal-words.ts';
import type { Asked, Standing } from './ghosts.ts';

/** Signs before what is asked for; the other standings are told in words. */
const SIGNS: Readonly<Partial<Record<Standing, string>>> = { wanted: '○', reached: '✓', left: '✓' };

/** What the task asks for in words: the same as the ghosts in the drawing. */
export function goalList(goal: MapGoal, asked: readonly Asked[]) {
  const done = asked.filter(isDone).length;
  return html`<section class="map-goal" aria-label="What the task asks for" tabindex="0">
    <p>
      <strong>${inlineCode(goal.title)}</strong>
      <span class="muted">${asked.length === 0 ? '' : `${done} of ${asked.length}`}</span>
    </p>
    ${
      asked.length === 0
        ? html`<p class="muted">Nothing of this task can be drawn: see the lesson.</p>`
        : html`<ul>
            ${asked.map(renderAsked)}
          </ul>`
    }
  </section>`;
}

function renderAsked(asked: Asked) {
  const { key, standing } = asked;
  const sign = SIGNS[standing];
  const rest = restOf(asked);
  return html`<li class=${standing}>
    <span class="map-goal-sign" aria-hidden="true">${sign ?? '○'}</span>
    <span>
      <span class=${sign ? 'visually-hidden' : ''}>${beginningOf(asked)}</span>
      ${key === '' || key.startsWith('tag ') ? rest : choice(key, rest)}
    </span>
  </li>`;
}
