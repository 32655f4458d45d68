/** Tables of the command line. */
import Table from 'cli-table3';

/** The table's text without the padding of its last column, which would wrap on a narrow terminal. */
export function lines(of: { toString(): string }): string {
  return of
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A table without a frame: it must survive a narrow terminal, a log and a copy. */
export function table(head: string[]) {
  return new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(
      [
        'top',
        'top-mid',
        'top-left',
        'top-right',
        'bottom',
        'bottom-mid',
        'bottom-left',
        'bottom-right',
        'left',
        'left-mid',
        'mid',
        'mid-mid',
        'right',
        'right-mid',
        'middle',
      ].map((name) => [name, '']),
    ),
  });
}
