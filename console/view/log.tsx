/** Everything that was said, in the order it was said. */
import type { RunView } from '../model/run.ts';
import { duration, sentenceOf } from './words.ts';

interface Line {
  readonly at: number;
  readonly state: string;
  readonly text: string;
  readonly isFailure: boolean;
}

export function Log({ run }: { readonly run: RunView }) {
  const lines: Line[] = [
    ...Object.entries(run.looks).flatMap(([state, looks]) =>
      looks
        .filter((look, index) => look.detail !== looks[index - 1]?.detail)
        .map(({ at, detail }) => ({ at, state, text: detail, isFailure: false })),
    ),
    ...Object.entries(run.states).flatMap(([state, { error, exitedAt }]) =>
      error ? [{ at: exitedAt ?? run.lastAt, state, text: sentenceOf(error.cause), isFailure: true }] : [],
    ),
  ].sort((one, other) => one.at - other.at);
  if (lines.length === 0) return <p class="quiet">Nothing was said yet.</p>;
  return (
    <div class="scroll card">
      <table>
        <thead>
          <tr>
            <th scope="col">after</th>
            <th scope="col">step</th>
            <th scope="col">said</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            <tr key={index} class={line.isFailure ? 'failure' : ''}>
              <td class="quiet">{duration(line.at - run.head.startedAt)}</td>
              <td>{line.state}</td>
              <td>{line.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
