/** What `--help` says beside the options: examples of each command, and what an exit code means. */

/** Of the BSDs' sysexits.h. */
export const usageExitCode = 64;

export const exitCodes = `
Exit codes: 0 done, 1 failed or refused, 2 something would change or has drifted (plan, drift), ${usageExitCode} the command line
is wrong, 130 stopped by Ctrl-C, 143 by SIGTERM.`;

const examples = {
  provision: [
    ['examples/dev.json', 'on the embedded AWS, a simulated minute a second'],
    ['examples/dev.json --speed max --json', 'at once, for a program'],
    ['- < request.json', 'from stdin'],
    ['examples/dev.json --fail-at aurora', 'see a rollback'],
    ['examples/dev.json --aws --stage dev', 'by the deployed service'],
  ],
  deprovision: [
    ['dev --confirm dev', 'databases leave final snapshots'],
    ['dev --confirm dev --no-final-snapshots --delete-logs', 'nothing at all is left'],
  ],
  fleet: [
    ['provision examples/fleet.json', 'four environments: one, then two, then the rest'],
    ['provision examples/fleet.json --speed max --json', 'at once, for a program'],
  ],
  serve: [['--port 0', 'any free port']],
  sign: [['POST /environments examples/dev.json --curl', 'a ready curl line']],
  plan: [
    ['examples/dev.json', 'what a run would make or change'],
    ['examples/dev.json --json', 'the same for a program'],
  ],
  drift: [['dev', '']],
  status: [
    ['dev', ''],
    ['dev --aws --stage dev', 'of the deployed service'],
  ],
  watch: [
    ['dev', 'runs that are over, and the one that goes on'],
    ['dev --aws --stage dev', 'of the deployed service'],
  ],
  report: [['dev --html dev.html', '']],
  list: [['', '']],
  inventory: [['--json', '']],
  reset: [
    ['', ''],
    ['--to-last-good', 'where the file is damaged'],
  ],
  completion: [
    ['bash', 'source <(npx aoscloud completion bash)'],
    ['fish', 'npx aoscloud completion fish | source'],
  ],
  'target-role': [
    ['--service-account 111122223333 --cloudformation', 'for an administrator of the other account'],
  ],
  sweep: [['--every 24 --random 15', 'a part of it, in some minutes']],
} as const satisfies Record<string, readonly (readonly [string, string])[]>;

export function examplesOf(command: string): string {
  const lines = (examples[command as keyof typeof examples] ?? []).map(
    ([rest, why]) => `  npm start -- ${command} ${rest}`.trimEnd() + (why && `   # ${why}`),
  );
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}`;
}
