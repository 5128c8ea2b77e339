/** One line of the result: the same thing with both engines. */
export interface Result {
  readonly title: string;
  readonly unit: 'ms' | 'MiB';
  readonly slipway: number;
  /** Absent where no dockerd can run. */
  readonly dockerd?: number;
  /** Ratio or figure that the architecture aims at, as text. */
  readonly aim: string;
}

/** A Markdown table that also reads well in a terminal. */
export function formatResults(results: readonly Result[]): string {
  const head = ['what', 'Slipway', 'dockerd', 'ratio', 'aim'];
  const rows = results.map(({ title, unit, slipway, dockerd, aim }) => [
    title,
    `${slipway.toFixed(unit === 'MiB' ? 1 : 0)} ${unit}`,
    dockerd === undefined ? '–' : `${dockerd.toFixed(unit === 'MiB' ? 1 : 0)} ${unit}`,
    dockerd === undefined ? '–' : (slipway / dockerd).toFixed(2),
    aim,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join(
    '\n',
  );
}

/** Words to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  return column === 0 || column === 4 ? cell.padEnd(width) : cell.padStart(width);
}
