/** EFS. */
import { noInterruption, oneValue, type Row, type Situation } from '#lib/change/row.ts';

const updateFileSystem = 'https://docs.aws.amazon.com/efs/latest/ug/API_UpdateFileSystem.html';

/** lib/data/throughput.ts */
const onceADay =
  'nothing; within 24 hours of the last change it is refused, with the time from when on it is possible';

export const fileSystemRows = {
  throughputMode: {
    step: 'efs',
    source: updateFileSystem,
    differences: ({ request, seen }: Situation) =>
      oneValue(seen.fileSystem?.throughputMode, request.efs.throughputMode),
    cases: [{ kind: 'change', interrupts: onceADay, aboutSeconds: 10 }],
  },
  provisionedThroughput: {
    step: 'efs',
    source: updateFileSystem,
    // With another mode it comes and goes with that.
    differences: ({ request, seen }: Situation) =>
      oneValue(seen.fileSystem?.provisionedThroughput, request.efs.provisionedThroughput),
    cases: [
      {
        of: 'more',
        fits: (from, to) => Number(to) > Number(from),
        kind: 'change',
        interrupts: noInterruption,
        aboutSeconds: 10,
      },
      { of: 'fewer', kind: 'change', interrupts: onceADay, aboutSeconds: 10 },
    ],
  },
  backup: {
    step: 'efs',
    source: 'https://docs.aws.amazon.com/efs/latest/ug/API_PutBackupPolicy.html',
    differences: ({ request, seen }: Situation) => oneValue(seen.fileSystem?.backup, request.efs.backup),
    cases: [{ kind: 'change', interrupts: noInterruption, aboutSeconds: 10 }],
  },
} satisfies Record<string, Row>;
