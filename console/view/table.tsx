/** A table with a heading a column; on a narrow screen each row is a card of its own. */
import type { ComponentChildren } from 'preact';

interface Props {
  readonly columns: readonly string[];
  /** Its rows. */
  readonly children: ComponentChildren;
}

export function Table({ columns, children }: Props) {
  return (
    <table class="cards">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
