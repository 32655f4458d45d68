/**
 * Bounds of ours: whatever grows with use or with a request ends here, at its end and with a count of what is not
 * shown, before AWS refuses it in the middle of a run. What AWS takes: 256 KB a state of Step Functions, an answer it
 * gets from Lambda and an entry of EventBridge, 400 KB an item of DynamoDB, 32,768 characters of a cause (where an error
 * of Lambda stands twice, as message and in its trace), 256 of an error's name.
 */
export const bounds = {
  /** Provision runs an environment remembers with their start. */
  runs: 100,
  /** Those before, by eight digits of a digest each. */
  formerRuns: 4000,
  /** Lines in a list of problems, blockers or rules, and characters of them all. */
  lines: 100,
  listCharacters: 20_000,
  lineCharacters: 600,
  /** What happened, and what to do about it, of one failure. */
  whatCharacters: 22_000,
  todoCharacters: 1000,
  /** The failure with what became of the rollback and of what was changed. */
  causeCharacters: 30_000,
  errorCharacters: 256,
  /** What a step answers at a look. */
  detailCharacters: 2000,
  /** What a rollback leaves, told at each step that it keeps from going. */
  heldBackLines: 3,
  warnings: 20,
  /** Changes a run carries along. */
  changes: 100,
  /** What a changed field is and becomes, each. */
  valueCharacters: 200,
  /** Problems of one request. */
  problems: 100,
  /** Answers of AWS that mean "not yet", carried from look to look. */
  refusals: 12,
  /** Evidence of a rule that an attestation carries, and what of it is drift. */
  evidenceCharacters: 1000,
  driftPerRule: 5,
  /** What a scheduled look tells. */
  differences: 50,
  /** Environments in a list; Lambda answers with 6 MB at most. */
  environments: 5000,
  /** The accepted plan, as JSON: every state of the run carries it. */
  planBytes: 64_000,
} as const;

/** The text, or its beginning with a count of the rest: never longer than `most`. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const shownWith = (rest: number) => ` … (${rest} more characters)`;
  const room = most - shownWith(text.length).length;
  // Half of a pair would be no text.
  const shown = text.slice(0, room).replace(/[\uD800-\uDBFF]$/, '');
  return `${shown}${shownWith(text.length - shown.length)}`;
}

/** The first `most` lines, none longer than a line may be, and one that counts the others. */
export function firstLines(lines: readonly string[], most: number, what = 'more'): string[] {
  const shown = lines.slice(0, most).map((line) => cut(line, bounds.lineCharacters));
  return lines.length > most ? [...shown, `and ${lines.length - most} ${what}`] : shown;
}

/** As many lines as a list has room for. */
export function fittingLines(lines: readonly string[]): string[] {
  let characters = 0;
  const fitting = lines.findIndex((line) => {
    characters += Math.min(line.length, bounds.lineCharacters);
    return characters > bounds.listCharacters;
  });
  return firstLines(lines, Math.min(bounds.lines, fitting < 0 ? lines.length : fitting));
}
