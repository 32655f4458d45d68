/** Sentences on a terminal: broken between words, never within one. */
import wrapAnsi from 'wrap-ansi';

/** What is copied stays one line: a shell would take the rest for a command of its own. */
const command = /^ *(\$ )?(npm|npx|aws|curl) /;

/** The line as one or more, what goes on indented a little more than its beginning. */
export function wrapped(line: string, columns: number): string {
  return line
    .split('\n')
    .map((one) => (one.length <= columns || command.test(one) ? one : broken(one, columns)))
    .join('\n');
}

function broken(line: string, columns: number): string {
  const lead = /^\s*(?:[-~+!*#] |-\/\+ )?/.exec(line)?.[0] ?? '';
  const indent = ' '.repeat(lead.length === 0 ? 2 : lead.length);
  const [first = '', ...more] = wrapAnsi(
    line.slice(lead.length),
    Math.max(20, columns - indent.length),
  ).split('\n');
  return [`${lead}${first}`, ...more.map((rest) => `${indent}${rest}`)].join('\n');
}
