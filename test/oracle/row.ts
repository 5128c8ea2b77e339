/** One line of the table: commands of the Docker CLI that must behave the same with both engines. */
export type Row = readonly [title: string, script: string, options?: RowOptions];

export interface RowOptions {
  /** Key of the line in docs/differences.md that says why the engines differ here. */
  readonly differs?: string;
  /** What differs: taken out on both sides before they are compared. */
  readonly mask?: RegExp;
  /** Lines may come in any order. */
  readonly unordered?: true;
}
