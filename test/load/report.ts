/** One point of the curve: how so many learners fared at once. */
export interface Point {
  readonly sessions: number;
  readonly active: number;
  readonly startP50Ms: number;
  readonly startP99Ms: number;
  readonly echoes: number;
  readonly echoP50Ms: number;
  readonly echoP99Ms: number;
  readonly tasksDone: number;
  readonly failures: readonly string[];
  /** Proportional set of one session's processes while nobody does anything, in bytes. */
  readonly idleBytes: number;
  /** Of one session meanwhile, in thousandths of a processor. */
  readonly idleCpuMilli: number;
  /** Of one session while some take lessons, all sessions counted. */
  readonly busyBytes: number;
  /** Of one active session: what the others use is taken off. */
  readonly activeCpuMilli: number;
  /** Share of all processors that are at work, this program's own part taken off; 1 is all. */
  readonly hostBusy: number;
  /** What the host has lost of its memory since before the service, page cache not counted, in bytes. */
  readonly hostBytes: number;
}

const MIB = 1024 ** 2;

/** The value that a share of all values does not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

const COLUMNS: readonly (readonly [string, (point: Point) => string])[] = [
  ['sessions', ({ sessions }) => String(sessions)],
  ['active', ({ active }) => String(active)],
  ['start p50 / p99', (point) => `${point.startP50Ms.toFixed(0)} / ${point.startP99Ms.toFixed(0)} ms`],
  ['echo p50 / p99', (point) => `${point.echoP50Ms.toFixed(1)} / ${point.echoP99Ms.toFixed(1)} ms`],
  ['tasks done', ({ tasksDone }) => String(tasksDone)],
  ['failed', ({ failures }) => String(failures.length)],
  ['idle session', (point) => `${mib(point.idleBytes)}, ${point.idleCpuMilli.toFixed(1)} m`],
  ['active session', (point) => `${point.activeCpuMilli.toFixed(0)} m`],
  ['mean when busy', ({ busyBytes }) => mib(busyBytes)],
  ['processors', ({ hostBusy }) => `${(hostBusy * 100).toFixed(0)} %`],
  ['memory of the host', ({ hostBytes }) => mib(hostBytes)],
];

const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

/** A Markdown table; processor time in thousandths of one processor (`m`). */
export function formatPoints(points: readonly Point[]): string {
  const rows = [
    COLUMNS.map(([name]) => name),
    ...points.map((point) => COLUMNS.map(([, show]) => show(point))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padStart(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = rows.map(line);
  return [head, `| ${widths.map((width) => `${'-'.repeat(width - 1)}:`).join(' | ')} |`, ...rest].join('\n');
}
