/** `npm run operations`: what the embedded AWS answers, counted by service; with `-- --all` it names each operation. */
import { services } from './services/index.ts';

const rows = services.map(({ service, operations }) => {
  const all = Object.entries(operations);
  const changing = all.filter(([, { mutates }]) => mutates);
  return { service, operations: all.length, changing: changing.length, names: all.map(([name]) => name) };
});

for (const { service, operations, changing, names } of rows) {
  console.log(
    `${service.padEnd(16)}${String(operations).padStart(4)} operations, ${changing} of them changing something`,
  );
  if (process.argv.includes('--all')) for (const name of names.sort()) console.log(`  ${service}:${name}`);
}
const sum = (key: 'operations' | 'changing') => rows.reduce((total, row) => total + row[key], 0);
console.log(
  `${'together'.padEnd(16)}${String(sum('operations')).padStart(4)} operations, ${sum('changing')} of them changing something`,
);
