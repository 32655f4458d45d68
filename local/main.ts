/** Arguments to commands. Commands are imported when asked for: most need only some of the SDK clients. */
import { existsSync, readFileSync } from 'node:fs';
import { Argument, Command, CommanderError } from 'commander';
import { stepNames } from '#lib/run/steps.ts';
import {
  type AwsOptions,
  type CommonOptions,
  consolePort,
  defaultPort,
  defaultSpeed,
  defaultState,
  parseAccount,
  parsePort,
  parseSeed,
  parseSpeed,
  printer,
} from '#local/commands/options.ts';
import { examplesOf, exitCodes, usageExitCode } from './help.ts';

// Handlers log for CloudWatch; on a laptop the progress board says it better.
process.env.POWERTOOLS_LOG_LEVEL ??= 'SILENT';

/** Runs the command line; answers the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command('aoscloud')
    .description(
      'Provisions AosCloud environments: on the embedded AWS of this project, or on any AWS-compatible endpoint.',
    )
    .version(`aoscloud ${versionOf()}, Node.js ${process.version}`, '--version')
    .exitOverride()
    .showHelpAfterError('The same with --help tells what there is.')
    .addHelpText('after', exitCodes);

  deployed(common(program.command('provision')))
    .description('provision the environment a request file describes')
    .argument('[file]', 'the request; - for stdin', 'examples/dev.json')
    .option('--speed <n|max>', 'simulated seconds per second', parseSpeed, defaultSpeed)
    .option('--endpoint <url>', 'real SDK calls to an AWS-compatible endpoint instead of the embedded AWS')
    .option(
      '--fail-at <step[:error]>',
      `refuse what a step asks of AWS, to see the rollback; a step: ${stepNames.join(', ')}`,
    )
    .option('--events', 'one JSON line an event on stdout, the report last', false)
    .option('--open', 'open the console in a browser, and keep it until Ctrl-C')
    .option('--no-console', 'serve no console beside the run')
    .option('--aws-direct', 'run the handlers on this machine against the real account, in real time', false)
    .action(async (file, options) => {
      code = options.aws
        ? await (await import('#local/commands/aws.ts')).provisionOnAws(file, options)
        : options.awsDirect
          ? await (await import('#local/commands/aws-direct.ts')).provisionDirect(file, options)
          : await (await import('#local/commands/provision.ts')).provision(file, options);
    });

  deployed(common(program.command('deprovision')))
    .description('take an environment down')
    .argument('<name>')
    .requiredOption('--confirm <name>', "the environment's name again")
    .option('--region <region>', 'where it is, if the registry does not know')
    .option('--no-final-snapshots', 'databases leave no final snapshot')
    .option('--delete-logs', "the databases' log groups go, too", false)
    .option('--events', 'one JSON line an event on stdout, the report last', false)
    .option('--open', 'open the console in a browser, and keep it until Ctrl-C')
    .option('--no-console', 'serve no console beside the run')
    .option('--speed <n|max>', 'simulated seconds per second', parseSpeed, defaultSpeed)
    .option('--endpoint <url>', 'an AWS-compatible endpoint instead of the embedded AWS')
    .option('--aws-direct', 'run the handlers on this machine against the real account, in real time', false)
    .action(async (name, options) => {
      code = options.aws
        ? await (await import('#local/commands/aws.ts')).deprovisionOnAws(name, options)
        : options.awsDirect
          ? await (await import('#local/commands/aws-direct.ts')).deprovisionDirect(name, options)
          : await (await import('#local/commands/deprovision.ts')).deprovision(name, options);
    });

  deployed(common(program.command('fleet')))
    .description('provision, or take down, the many environments a file lists, in waves; or how that goes')
    .addArgument(
      new Argument('<action>', 'what becomes of them').choices(['provision', 'deprovision', 'status']),
    )
    .argument('[file]', 'the fleet; - for stdin; with status, its name or execution', 'examples/fleet.json')
    .option('--speed <n|max>', 'simulated seconds per second', parseSpeed, defaultSpeed)
    .option('--grant-quotas', 'the embedded account gets the quotas so many environments need', false)
    .option('--open', 'open the console in a browser, and keep it until Ctrl-C')
    .option('--no-console', 'serve no console beside the fleet')
    .action(async (action, file, options) => {
      if (action === 'status')
        code = options.aws
          ? await (await import('#local/commands/fleet-aws.ts')).fleetStatusOnAws(file, options)
          : await (await import('#local/commands/fleet-status.ts')).fleetStatus(file, options);
      else
        code = options.aws
          ? await (await import('#local/commands/fleet-aws.ts')).fleetOnAws(action, file, options)
          : await (await import('#local/commands/fleet.ts')).fleetCommand(action, file, options);
    });

  common(program.command('serve'))
    .description('serve console and webhook on this machine, in front of the embedded AWS')
    .option('--port <n>', 'on 127.0.0.1', parsePort, defaultPort)
    .option('--speed <n|max>', 'simulated seconds per second', parseSpeed, defaultSpeed)
    .action(async (options) => {
      code = await (await import('#local/commands/serve.ts')).serve(options);
    });

  program
    .command('sign')
    .description('the headers of a signed webhook message')
    .argument('<method>', 'GET, POST or DELETE')
    .argument('<path>', 'such as /environments/dev')
    .argument('[file]', 'the body')
    .option('--confirm <name>', 'for a DELETE without a body: signed in its place')
    .option('--id <id>', 'the webhook-id; new every time where it is left out')
    .option('--secret <whsec>', 'instead of the development secret')
    .option('--state <folder>', 'where the development secret is kept', defaultState)
    .option('--curl', 'print a ready curl line', false)
    .option('--url <url>', 'where the curl line goes', `http://127.0.0.1:${defaultPort}`)
    .action(async (method, path, file, options) => {
      code = (await import('#local/commands/sign.ts')).sign(method, path, file, options);
    });

  common(program.command('plan'))
    .description('what a run of this request would make or change, and what it would refuse; exits 0, 2 or 1')
    .argument('[file]', 'the request', 'examples/dev.json')
    .action(async (file, options) => {
      code = await (await import('#local/commands/plan.ts')).plan(file, options);
    });

  deployed(common(program.command('drift')))
    .description('what is not as the last run left it; exits 0 where nothing is, 2 where something is')
    .argument('<name>')
    .action(async (name, options) => {
      const { drift, driftOnAws } = await import('#local/commands/drift.ts');
      code = options.aws ? await driftOnAws(name, options) : await drift(name, options);
    });

  const status = async (name: string | undefined, options: CommonOptions & AwsOptions) => {
    code = options.aws
      ? await (await import('#local/commands/aws.ts')).statusOnAws(name, options)
      : await (await import('#local/commands/status.ts')).status(name, options);
  };
  deployed(common(program.command('status')))
    .description('what the registry knows of an environment, or of all')
    .argument('[name]')
    .action(status);

  deployed(common(program.command('list')))
    .description('every environment the registry knows, and which has which block')
    .action(async (options) => {
      code = options.aws
        ? await (await import('#local/commands/aws.ts')).listOnAws(options)
        : await (await import('#local/commands/status.ts')).list(options);
    });

  deployed(common(program.command('watch')))
    .description(
      'the console to look only: of the embedded account, or with your own credentials of the deployed service',
    )
    .argument('[name]', 'the environment to begin with')
    .option('--port <n>', 'on 127.0.0.1', parsePort, consolePort)
    .option('--open', 'open it in a browser', false)
    .action(async (name, options) => {
      code = await (await import('#local/commands/watch.ts')).watch(name, options);
    });

  common(program.command('report'))
    .description('the last run of an environment as one file to keep: graph, timeline, network, attestation')
    .argument('<name>')
    .requiredOption('--html <file>', 'where to write it')
    .option('--run <execution>', 'another run than the last')
    .action(async (name, options) => {
      code = await (await import('#local/commands/report.ts')).report(name, options);
    });

  common(program.command('inventory'))
    .description('everything that exists on the account, by service')
    .action(async (options) => {
      (await import('#local/commands/inventory.ts')).inventory(options);
    });

  common(program.command('reset'))
    .description('forget the embedded account')
    .option('--to-last-good', 'go back to the account as the last command left it, instead', false)
    .action(async (options) => {
      (await import('#local/commands/reset.ts')).reset(options);
    });

  program
    .command('target-role')
    .description('the policies of the role that environments in another account are made with, as JSON')
    .requiredOption('--service-account <id>', 'the account the service is deployed in', parseAccount)
    .option('--external-id <word>', "the stage's externalId")
    .option('--account <id>', 'the other account; any where it is left out', parseAccount, '*')
    .option('--role-name <name>', "the stage's targetRoleName", 'aoscloud-provisioner')
    .option('--partition <name>', 'aws, aws-cn or aws-us-gov', 'aws')
    .option('--public-endpoint', 'environments may make the Kubernetes API public', false)
    .option('--cloudformation', 'a template that makes role and policies', false)
    .action(async (options) => {
      (await import('#local/commands/target-role.ts')).targetRole(options);
    });

  program
    .command('sweep')
    .description('every AWS call of a run with everything that may go wrong with it')
    .option('--json', 'one JSON document on stdout', false)
    .option('--seed <n>', 'seeds the runs and the random combinations', parseSeed, 1)
    .option('--every <n>', 'only every n-th single fault', parseSeed, 1)
    .option('--random <n>', 'random combinations a scenario', parseSeed, 100)
    .option('--scenarios <names...>', 'provision, second-run, deprovision, change', [
      'provision',
      'second-run',
      'deprovision',
      'change',
    ])
    .option('--replay <spec>', 'one trial again, as a failure names it')
    .action(async (options) => {
      code = await (await import('#local/commands/sweep.ts')).sweepCommand(options);
    });

  program
    .command('completion')
    .description('completion of this command line, and aoscloud as a command, for a shell to source')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action(async (shell) => {
      process.stdout.write((await import('#local/completion.ts')).completionScript(shell));
    });

  program
    .command('complete', { hidden: true })
    .description('what may stand where Tab was pressed: a shell asks')
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const { candidates } = await import('#local/completion.ts');
      for (const { value, description = '' } of await candidates(program, words))
        process.stdout.write(`${value}\t${description}\n`);
    });

  for (const command of program.commands) command.addHelpText('after', examplesOf(command.name()));
  try {
    await program.parseAsync(withCommand(args, program), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageExitCode;
    printer(true)((error as Error).message);
    return 1;
  }
  return code;
}

function versionOf(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}

/** A request file alone, or nothing at all, is the main job. What is neither file nor command is a command misspelt. */
function withCommand(args: readonly string[], program: Command): readonly string[] {
  const [first] = args;
  const isOption = first?.startsWith('-') && first !== '-';
  if (first === undefined || (isOption && !['-h', '--help', '--version'].includes(first)))
    return ['provision', ...args];
  const isCommand = first === 'help' || program.commands.some((command) => command.name() === first);
  const isFile = first === '-' || first.endsWith('.json') || existsSync(first);
  return !isCommand && isFile ? ['provision', ...args] : args;
}

function common(command: Command): Command {
  return command
    .option('--json', 'one JSON document on stdout, everything else on stderr', false)
    .option('--state <folder>', 'where the embedded account is kept', defaultState)
    .option('--seed <n>', 'seeds everything the embedded AWS leaves to chance', parseSeed, 1);
}

/** The service in an AWS account, instead of this machine's. */
function deployed(command: Command): Command {
  return command
    .option('--aws', 'the deployed service, instead of the embedded AWS', false)
    .option('--profile <name>', 'with --aws: the profile of your AWS configuration')
    .option('--stage <name>', 'with --aws: which deployment', 'dev')
    .option(
      '--service-region <region>',
      'with --aws: where it is deployed; by default the region of the profile',
    );
}
