/** What people do next with an environment that is READY: AWS's own command lines, and ours. */
import type { EnvironmentOutputs } from '#lib/verify/outputs.ts';

export interface Standing {
  readonly name: string;
  readonly region: string;
  readonly administrators: readonly string[];
  readonly outputs: EnvironmentOutputs;
}

/** Words and commands, in the order one needs them. `options`: what follows our own commands, such as `--aws --stage dev`. */
function nextSteps({ name, region, administrators, outputs }: Standing, options = ''): [string, string][] {
  const ours = (command: string) => `npm start -- ${command}${options && ` ${options}`}`;
  const secret = (arn: string) => `aws secretsmanager get-secret-value --region ${region} --secret-id ${arn}`;
  return [
    [
      administrators.length > 0
        ? `enter the cluster, as ${administrators[0]}`
        : 'nobody may enter the cluster yet: name a role in eks.administrators, and run again; then',
      `aws eks update-kubeconfig --region ${region} --name ${outputs.cluster.name}`,
    ],
    ['read the password of Aurora', secret(outputs.aurora.secretArn)],
    ['read the password of DocumentDB', secret(outputs.documentdb.secretArn)],
    ['see whether it is still so', ours(`drift ${name}`)],
    ['take it down', ours(`deprovision ${name} --confirm ${name}`)],
  ];
}

export function printNextSteps(print: (line: string) => void, standing: Standing, options?: string): void {
  print('Next:');
  for (const [what, command] of nextSteps(standing, options)) {
    print(`  # ${what}`);
    print(`  ${command}`);
  }
}
