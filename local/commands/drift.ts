/** `drift NAME`: what is not as the last run left it, and what would bring it back. Changes nothing. */
import { lookForDrift } from '#lib/change/drift-look.ts';
import { wordsOf } from '#lib/run/failure-words.ts';
import { type Drift, readEnvironment } from '#lib/run/registry.ts';
import { openFolder } from '#local/account.ts';
import { openService } from '#local/aws-client/service.ts';
import { unknownInWords } from '#local/known.ts';
import { type AwsOptions, type CommonOptions, printer } from './options.ts';

/** Answers the exit code, as `plan` has them: 0 where nothing drifted, 2 where something did. */
export async function drift(name: string, options: CommonOptions): Promise<number> {
  const account = openFolder(options.state, options.seed);
  try {
    return await look(name, options);
  } finally {
    account.close();
  }
}

/** `--aws`: what the deployed registry holds true, against the account itself, with the caller's own credentials. */
export async function driftOnAws(name: string, options: AwsOptions): Promise<number> {
  await openService(options);
  return look(name, options);
}

async function look(name: string, { json }: { readonly json: boolean }): Promise<number> {
  const item = await readEnvironment(name);
  if (!item?.made || item.status === 'GONE') {
    const what = `No run of environment ${name} has ended well yet, so that there is nothing to compare with`;
    printer(json)(item ? wordsOf({ what, todo: 'provision it first' }) : await unknownInWords(name));
    return 1;
  }
  const found = await lookForDrift(item.made);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ environment: name, since: item.readyAt, drift: found }, null, 2)}\n`,
    );
  else print(name, item.readyAt, found);
  return found.length === 0 ? 0 : 2;
}

function print(name: string, readyAt: string | undefined, found: readonly Drift[]): void {
  const line = printer(false);
  for (const { of, expected, found: has, repair } of found) {
    line(`  ~ ${of}: expected ${expected}, found ${has}`);
    line(`      ${repair}`);
  }
  line(
    found.length === 0
      ? `${name} is as the run of ${readyAt} left it.`
      : `${found.length} ${found.length === 1 ? 'difference' : 'differences'} since the run of ${readyAt}.`,
  );
}
