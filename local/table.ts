/** Tables of the command line, without a frame: they must survive a narrow terminal, a log and a copy. */
import { columnsOf } from './terminal.ts';

const gap = '  ';

export interface TableRows {
  push(...rows: (readonly string[])[]): void;
  readonly rows: readonly (readonly string[])[];
}

export function table(head: readonly string[]): TableRows {
  const rows: (readonly string[])[] = [head];
  return { rows, push: (...more) => void rows.push(...more) };
}

/**
 * The table's text. Where a row is wider than `columns`, the last columns that do not fit stand below the others, a line
 * each and without their heads: nothing is broken in the middle, and what is copied is whole.
 */
export function lines({ rows }: TableRows, columns = columnsOf(process.stdout)): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const fits = (count: number) =>
    widths.slice(0, count).reduce((sum, width) => sum + width + gap.length, -gap.length) <= columns;
  const beside = widths.findLastIndex((_, index) => fits(index + 1)) + 1 || 1;
  const inLine = (row: readonly string[]) =>
    row
      .slice(0, beside)
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd();
  return rows
    .flatMap((row, index) => [
      inLine(row),
      ...(index === 0
        ? []
        : row
            .slice(beside)
            .filter(Boolean)
            .map((cell) => `${gap}${cell}`)),
    ])
    .join('\n');
}
