import { css } from 'lit';

/** How a task looks: open, next, and done. */
export const taskStyles = css`
  :host {
    display: block;
  }

  .task {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 0 var(--space-3);
    padding: var(--space-3) var(--space-4);
    border: 1px solid var(--line);
    border-left: 3px solid var(--line-strong);
    border-radius: var(--radius-s);
    transition: border-color var(--motion);
  }

  :host([current]) .task,
  :host([done]) .task {
    border-left-color: var(--accent);
  }

  :host([done]) .task {
    background: var(--accent-soft);
    border-color: transparent;
    border-left-color: var(--accent);
  }

  .tick {
    display: grid;
    place-items: center;
    width: 1.25rem;
    height: 1.25rem;
    margin-top: 0.1rem;
    border: 1.5px solid var(--line-strong);
    border-radius: 50%;
    color: transparent;
  }

  :host([current]) .tick {
    border-color: var(--accent);
  }

  :host([done]) .tick {
    border-color: var(--accent);
    background: var(--accent);
    color: var(--on-accent);
  }

  .tick svg {
    width: 0.8rem;
    height: 0.8rem;
    stroke-width: 2.4;
  }

  .title {
    margin: 0;
    font-weight: 600;
    line-height: 1.5;
  }

  .rest {
    position: relative;
    grid-column: 2;
  }

  .findings {
    display: grid;
    align-content: start;
    gap: var(--space-1);
    min-height: calc(var(--lines) * (1.5em + var(--space-1)));
    margin: var(--space-2) 0 0;
    padding: 0;
    font-size: var(--text-s);
    list-style: none;
  }

  .finding {
    display: grid;
    grid-template-columns: 1rem 1fr;
    gap: var(--space-2);
    color: var(--text);
  }

  .finding svg {
    margin-top: 0.15rem;
    color: var(--accent);
  }

  .missing {
    color: var(--text-muted);
  }

  /* Conditions that nothing is said of yet. */
  .waiting {
    position: absolute;
    top: var(--space-2);
    left: 0;
    display: grid;
    gap: var(--space-1);
    font-size: var(--text-s);
  }

  .waiting span {
    height: 1.5em;
  }

  .waiting span::before {
    display: block;
    width: 0.375rem;
    height: 0.375rem;
    margin: 0.45rem 0 0 0.3rem;
    border: 1px solid var(--line-strong);
    border-radius: 50%;
    content: '';
  }

  /* In one line each: what is done takes no more room than it had. */
  .right span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }

  .unseen {
    visibility: hidden;
  }

  .missing::before {
    width: 0.375rem;
    height: 0.375rem;
    margin: 0.45rem 0 0 0.3rem;
    border-radius: 50%;
    background: var(--warning);
    content: '';
  }

  .hints {
    display: grid;
    gap: var(--space-2);
    margin: 0;
    padding: 0;
    font-size: var(--text-s);
    list-style: none;
  }

  .hints li {
    padding-left: var(--space-3);
    border-left: 2px solid var(--line);
  }

  .hints li:first-child {
    margin-top: var(--space-2);
  }

  pre {
    margin: 0 0 var(--space-2);
    font: var(--text-s) / 1.55 var(--font-code);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }

  .advice {
    margin: var(--space-2) 0 0;
    padding-left: var(--space-3);
    border-left: 2px solid var(--warning);
    font-size: var(--text-s);
  }

  .more {
    margin-top: var(--space-2);
    padding: 0.125rem 0;
    border: 0;
    border-radius: var(--radius-s);
    background: none;
    color: var(--accent);
    font: 500 var(--text-s) / 1.5 var(--font-text);
    cursor: pointer;
  }

  .more:hover {
    text-decoration: underline;
  }

  code {
    padding: 0.1em 0.3em;
    border-radius: var(--radius-s);
    background: var(--ground-soft);
    font: 0.92em/1.4 var(--font-code);
    overflow-wrap: anywhere;
  }

  :host([done]) code {
    background: var(--ground);
  }
`;
