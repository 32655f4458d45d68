/** The process behind the page has ended: said plainly, with what to type to see it again. What was told stays. */
import { Copied } from './copied.tsx';
import type { Connection } from './stream.ts';

interface Props {
  readonly connection: Connection;
  readonly again: string;
}

export function Silence({ connection, again }: Props) {
  if (connection !== 'ended' && connection !== 'silent') return null;
  return (
    <section class="card silence" role="status" data-connection={connection}>
      <p>
        <b>
          {connection === 'ended'
            ? 'The process behind this page has ended.'
            : 'Nobody answers: the process behind this page has probably ended.'}
        </b>{' '}
        What it told stays here; nothing new comes. To see it again, type:
      </p>
      <Copied text={again} />
    </section>
  );
}
