import { html } from 'lit';
import type { MapGoal } from '../../server/protocol.ts';
import { choice } from './choice.ts';
import { isDone, wordsOf } from './goal-words.ts';
import type { Asked } from './ghosts.ts';

/** What the task asks for in words: the same as the ghosts in the drawing. */
export function goalList(goal: MapGoal, asked: readonly Asked[]) {
  const done = asked.filter(isDone).length;
  return html`<section class="map-goal" aria-label="What the task asks for">
    <p>
      <strong>${goal.title}</strong>
      <span class="muted">${asked.length === 0 ? '' : `${done} of ${asked.length}`}</span>
    </p>
    ${
      asked.length === 0
        ? html`<p class="muted">Nothing of this task can be drawn: see the lesson.</p>`
        : html`<ul>
            ${asked.map(
              (each) =>
                html`<li class=${each.standing}>
                  ${each.key === '' || each.key.startsWith('tag ') ? wordsOf(each) : choice(each.key, wordsOf(each))}
                </li>`,
            )}
          </ul>`
    }
  </section>`;
}
