/** What people do after a run: AWS's own command lines, and ours. */
import type { Outputs } from '../api.ts';
import type { RunView } from './run.ts';

export interface NextCommand {
  readonly what: string;
  readonly command: string;
}

export function nextCommands({ head, accepted, attested }: RunView): readonly NextCommand[] {
  const { environment: name, status } = head;
  if (status !== 'SUCCEEDED' || !accepted || !attested) return [];
  const { region, eks } = accepted.plan;
  const { cluster, aurora, documentdb } = attested.outputs as Record<string, Outputs>;
  const secret = (what: string, arn: unknown) => ({
    what: `read the password of ${what}`,
    command: `aws secretsmanager get-secret-value --region ${region} --secret-id ${arn}`,
  });
  const [administrator] = eks.administrators;
  return [
    {
      what: administrator
        ? `enter the cluster, as ${administrator}`
        : 'nobody may enter the cluster yet: name a role in eks.administrators, and run again; then',
      command: `aws eks update-kubeconfig --name ${cluster?.name} --region ${region}`,
    },
    secret('Aurora', aurora?.secretArn),
    secret('DocumentDB', documentdb?.secretArn),
    { what: 'see whether it is still so', command: `npm start -- drift ${name}` },
    { what: 'keep a report', command: `npm start -- report ${name} --html ${name}.html` },
    { what: 'take it down', command: `npm start -- deprovision ${name} --confirm ${name}` },
  ];
}
