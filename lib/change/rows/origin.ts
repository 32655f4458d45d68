/** The snapshot a database or cache was made from: it has that for life. */
import type { FieldDifference, Row, Situation } from '#lib/change/row.ts';
import { originOf } from '#lib/data/origin.ts';

type Service = 'aurora' | 'documentdb' | 'elasticache';

/** Whose tags AWS does not tell now is on its way in, or changing: the step looks at them when it has settled. */
function differences(service: Service, { request, tagged }: Situation): FieldDifference[] {
  const to = request[service].restoreFrom;
  const found = tagged.find(
    ({ step, what }) => step === service && /^(cluster|replication group) /.test(what),
  );
  if (to === undefined || !found?.tags) return [];
  const from = originOf(found.tags);
  return from === to ? [] : [{ from, to }];
}

export function originRow(service: Service, source: string): Row {
  return {
    step: service,
    source,
    differences: (situation) => differences(service, situation),
    cases: [
      {
        of: 'over one that lives, and was not made from that snapshot',
        kind: 'refuse',
        why: 'AWS restores a snapshot into a new one only, and a run puts nothing in the place of data that lives',
        instead:
          'leave restoreFrom out, or remove the environment (its final snapshots stay) and provision it from that snapshot',
      },
    ],
  };
}
