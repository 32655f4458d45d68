/** Every AWS operation that `functions/` and `lib/` import by name: `ec2:CreateVpc`. */
import { globSync, readFileSync } from 'node:fs';
import { serviceFolders } from './service-model.ts';

/** The SDK's package names where they are neither our word nor botocore's. */
const packages: Readonly<Record<string, string>> = {
  'cloudwatch-logs': 'logs',
  sfn: 'states',
  'elastic-load-balancing-v2': 'elbv2',
  'elastic-load-balancing': 'elb',
  'secrets-manager': 'secretsmanager',
  eventbridge: 'events',
};

export function importedOperations(): string[] {
  const found = new Set<string>();
  for (const file of globSync(['functions/**/*.ts', 'lib/**/*.ts'])) {
    const imports = readFileSync(file, 'utf8').matchAll(
      /import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g,
    );
    for (const [, names = '', client = ''] of imports) {
      for (const name of names.split(',')) {
        const operation = /^(?:(\w+)Command|paginate(\w+))$/.exec(name.trim());
        if (operation) found.add(`${serviceOf(client)}:${operation[1] ?? operation[2]}`);
      }
    }
  }
  return [...found].sort();
}

function serviceOf(client: string): string {
  const botocore = Object.entries(serviceFolders).find(([, folder]) => folder === client)?.[0];
  return packages[client] ?? botocore ?? client;
}
