import type { Outcome } from './measure.ts';

export interface Peer {
  readonly name: string;
  readonly outcome: Outcome;
}

/** One line of the result: the same thing here and elsewhere. */
export interface Result {
  readonly title: string;
  readonly unit: 'ms' | 'MiB' | 'kB';
  readonly slipway: Outcome;
  /** Those that it is compared with: the best of them counts. None where no dockerd can run. */
  readonly peers: readonly Peer[];
  /** Ratio or figure that is aimed at, as text. */
  readonly aim: string;
}

/** A Markdown table that also reads well in a terminal. */
export function formatResults(results: readonly Result[]): string {
  const head = ['what', 'Slipway', 'best peer', 'ratio', 'aim'];
  const rows = results.map(({ title, unit, slipway, peers, aim }) => {
    const best = bestOf(peers);
    return [
      title,
      show(slipway, unit),
      best === undefined ? '–' : `${show(best.outcome, unit)} (${best.name})`,
      best === undefined ? '–' : ratio(slipway, best.outcome),
      aim,
    ];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}

function bestOf(peers: readonly Peer[]): Peer | undefined {
  const figure = ({ outcome }: Peer): number => (typeof outcome === 'number' ? outcome : Infinity);
  return peers.toSorted((a, b) => figure(a) - figure(b))[0];
}

function show(outcome: Outcome, unit: Result['unit']): string {
  if (typeof outcome !== 'number') return 'failed';
  return `${outcome.toFixed(unit === 'MiB' || outcome < 10 ? 1 : 0)} ${unit}`;
}

function ratio(slipway: Outcome, peer: Outcome): string {
  return typeof slipway === 'number' && typeof peer === 'number' ? (slipway / peer).toFixed(2) : '–';
}

/** Words to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 4 ? cell.padEnd(width) : cell.padStart(width);
}

/** The value that `share` of them, from 0 to 1, are below. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}
