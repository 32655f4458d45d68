/** EFS. */
import { noInterruption, oneValue, type Row, type Situation } from '#lib/change/row.ts';

const updateFileSystem = 'https://docs.aws.amazon.com/efs/latest/ug/API_UpdateFileSystem.html';

const notYet = (what: string) =>
  ({
    kind: 'refuse',
    why: `no step changes the ${what} of a file system that is made`,
    instead: `ask for the ${what} it has; or change it in the EFS console and name here what it then has`,
  }) as const;

export const fileSystemRows = {
  throughputMode: {
    step: 'efs',
    source: updateFileSystem,
    differences: ({ request, seen }: Situation) =>
      oneValue(seen.fileSystem?.throughputMode, request.efs.throughputMode),
    cases: [notYet('throughputMode')],
  },
  provisionedThroughput: {
    step: 'efs',
    source: updateFileSystem,
    // With another mode it comes and goes with that.
    differences: ({ request, seen }: Situation) =>
      oneValue(seen.fileSystem?.provisionedThroughput, request.efs.provisionedThroughput),
    cases: [notYet('provisionedThroughput')],
  },
  backup: {
    step: 'efs',
    source: 'https://docs.aws.amazon.com/efs/latest/ug/API_PutBackupPolicy.html',
    differences: ({ request, seen }: Situation) => oneValue(seen.fileSystem?.backup, request.efs.backup),
    cases: [{ kind: 'change', interrupts: noInterruption, aboutSeconds: 10 }],
  },
} satisfies Record<string, Row>;
