/**
 * Completion for bash, zsh and fish. What a shell sources also makes `aoscloud` a command of that shell, as nothing of this
 * checkout is on anybody's path; `npx aoscloud` is completed beside it. On Tab the shell asks `aoscloud complete`.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command, Option } from 'commander';
import { listEnvironments } from '#lib/run/registry.ts';
import { stepNames } from '#lib/run/steps.ts';
import { openFolder } from './account.ts';

type Shell = 'bash' | 'zsh' | 'fish';

interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** For the word that is typed, the last of `words`. None where a file's name is wanted: the shell knows those. */
export async function candidates(program: Command, words: readonly string[]): Promise<Candidate[]> {
  const typed = words.at(-1) ?? '';
  const [first = '', ...rest] = words.slice(0, -1);
  const fitting = (all: readonly Candidate[]) => all.filter(({ value }) => value.startsWith(typed));
  const command = program.commands.find((one) => one.name() === first);
  if (words.length <= 1) return fitting(typed.startsWith('-') ? optionsOf(program, []) : commandsOf(program));
  if (!command) return [];
  const before = rest.at(-1);
  const asked = command.options.find(({ long }) => long !== undefined && long === before);
  if (asked && (asked.required || asked.optional)) return fitting(await valuesOf(asked, words));
  if (typed.startsWith('-')) return fitting(optionsOf(command, rest));
  return fitting(await argumentOf(command, rest, words));
}

function commandsOf(program: Command): Candidate[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((one) => ({ value: one.name(), description: one.description() }));
}

function optionsOf(command: Command, used: readonly string[]): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap(({ long, description }) => (long && !used.includes(long) ? [{ value: long, description }] : []));
}

async function valuesOf({ long, argChoices }: Option, words: readonly string[]): Promise<Candidate[]> {
  if (long === '--fail-at') return stepNames.map((value) => ({ value }));
  if (long === '--speed') return [{ value: 'max', description: 'at once' }, { value: '60' }];
  if (long === '--confirm') return environments(words);
  return (argChoices ?? []).map((value) => ({ value }));
}

async function argumentOf(
  command: Command,
  rest: readonly string[],
  words: readonly string[],
): Promise<Candidate[]> {
  const takesValue = (word: string | undefined) =>
    command.options.some(({ long, required, optional }) => long === word && (required || optional));
  const given = rest.filter((word, index) => !word.startsWith('-') && !takesValue(rest[index - 1])).length;
  const argument = command.registeredArguments[given];
  if (argument?.name() === 'name') return environments(words);
  return (argument?.argChoices ?? []).map((value) => ({ value }));
}

/** Of this machine's registry: the deployed one is not asked at every key. */
async function environments(words: readonly string[]): Promise<Candidate[]> {
  const at = words.indexOf('--state');
  const folder = (at >= 0 && words[at + 1]) || '.local';
  if (words.includes('--aws') || !existsSync(folder)) return [];
  const account = openFolder(folder, 1);
  try {
    const items = await account.aws.aside(() => listEnvironments());
    return items.map(({ environment, status, region }) => ({
      value: environment,
      description: `${status} in ${region}`,
    }));
  } finally {
    account.close();
  }
}

/** What a shell sources. */
export function completionScript(shell: Shell): string {
  const cli = fileURLToPath(new URL('cli.ts', import.meta.url));
  const words = [process.execPath, '--disable-warning=ExperimentalWarning', cli];
  return scripts[shell](words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' '));
}

const scripts: Readonly<Record<Shell, (run: string) => string>> = {
  bash: (run) => `type -P aoscloud >/dev/null || aoscloud() { ${run} "$@"; }
_aoscloud() {
  local typed=\${COMP_WORDS[COMP_CWORD]} first=1 line
  [[ \${COMP_WORDS[0]} == npx ]] && first=2
  COMPREPLY=()
  (( COMP_CWORD < first )) && return
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(${run} complete -- "\${COMP_WORDS[@]:first:COMP_CWORD-first}" "$typed" 2>/dev/null)
}
_aoscloud_npx() { [[ \${COMP_WORDS[1]} == aoscloud ]] && _aoscloud; }
complete -o default -F _aoscloud aoscloud
complete -p npx >/dev/null 2>&1 || complete -o default -F _aoscloud_npx npx
`,
  zsh: (run) => `(( $+commands[aoscloud] )) || aoscloud() { ${run} "$@" }
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_aoscloud() {
  local -a found described
  found=("\${(@f)$(${run} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("\${(@)found:#}")
  (( $#found )) || { _files; return }
  described=("\${(@)found//:/\\\\:}")
  described=("\${(@)described/$'\\t'/:}")
  _describe -V aoscloud described
}
_aoscloud_npx() {
  [[ $words[2] == aoscloud ]] || { _files; return }
  shift words
  (( CURRENT-- ))
  _aoscloud
}
compdef _aoscloud aoscloud
(( $+_comps[npx] )) || compdef _aoscloud_npx npx
`,
  fish: (run) => `type -q aoscloud; or function aoscloud; ${run} $argv; end
function __aoscloud_complete
  set -l before (commandline -opc)
  set -l first 2
  test "$before[1]" = npx; and set first 3
  ${run} complete -- $before[$first..-1] (commandline -ct) 2>/dev/null
end
complete -c aoscloud -f -a '(__aoscloud_complete)'
complete -c aoscloud -F -n '__fish_seen_subcommand_from provision plan fleet sign report'
complete -c npx -n 'test (count (commandline -opc)) -gt 1; and test (commandline -opc)[2] = aoscloud' -f -a '(__aoscloud_complete)'
`,
};
