/** Writes the machines as the AWS tools, the runner and the packaging read them. `npm run machines`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './compose.ts';
import { deprovision } from './deprovision.ts';
import { fleet } from './fleet.ts';
import { provision } from './provision.ts';

export const machines: Readonly<Record<string, Machine>> = { provision, deprovision, fleet };

export function textOf(machine: Machine): string {
  return `${JSON.stringify(machine, null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, machine] of Object.entries(machines))
    writeFileSync(join(import.meta.dirname, `${name}.asl.json`), textOf(machine));
}
