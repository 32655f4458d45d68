import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterFleet,
  afterRemoval,
  type OwnCommand,
  ownCommand,
  ownCommandOnAws,
  printNextSteps,
  seeAgain,
} from '#local/next-steps.ts';

const own = ownCommand({ state: '.local' });
const commandsOf = (steps: readonly (readonly [string, string])[]) => steps.map(([, command]) => command);

describe('a command line of ours is typed as the one before', () => {
  it.each<[OwnCommand, string]>([
    [own, 'npm start -- provision dev.json'],
    [ownCommand({ state: '/tmp/my state' }), "npm start -- provision dev.json --state '/tmp/my state'"],
    [
      ownCommand({ state: '.local', endpoint: 'http://127.0.0.1:5000' }),
      'npm start -- provision dev.json --endpoint http://127.0.0.1:5000',
    ],
    [ownCommandOnAws('prod'), 'npm start -- provision dev.json --aws --stage prod'],
  ])('%#', (command, expected) => {
    expect(command('provision', 'dev.json')).toBe(expected);
  });

  it('quotes what a shell would take apart', () => {
    expect(own('provision', "it's $HOME.json")).toBe("npm start -- provision 'it'\\''s $HOME.json'");
  });

  it('names no endpoint to what looks at this machine only', () => {
    const elsewhere = ownCommand({ state: '.local', endpoint: 'http://127.0.0.1:5000' });
    expect(elsewhere('status', 'dev')).toBe('npm start -- status dev');
  });
});

describe('after a failure', () => {
  const failed = { name: 'dev', error: 'AwsRefusedError', again: 'npm start -- provision dev.json' };

  it('says how to see the cause, begin again, and nothing of taking down what does not stand', () => {
    expect(commandsOf(afterFailure({ ...failed, stands: false }, own, 'dev.json'))).toEqual([
      'npm start -- status dev',
      'npm start -- provision dev.json',
    ]);
  });

  it('says how to take down what stands', () => {
    const steps = afterFailure({ ...failed, stands: true }, own, 'dev.json');
    expect(steps[1]?.[0]).toBe('once the cause is gone, go on');
    expect(commandsOf(steps)[2]).toBe('npm start -- deprovision dev --confirm dev');
  });

  it.each(['InvalidRequestError', 'PreflightFailedError'])(
    'of a request (%s): plan asks in a second',
    (error) => {
      const steps = afterFailure({ ...failed, error, stands: true }, own, 'dev.json');
      expect(commandsOf(steps)).toEqual(['npm start -- plan dev.json', failed.again]);
    },
  );

  it('because another run is at work: that run, and no removal under its hands', () => {
    const steps = afterFailure({ ...failed, error: 'EnvironmentBusyError', stands: true }, own, 'dev.json');
    expect(steps.map(([what]) => what)).toEqual(['see what the other run does', 'once it is over']);
  });

  it('of a removal: the removal again, and no other', () => {
    const again = 'npm start -- deprovision dev --confirm dev';
    const steps = afterFailure({ name: 'dev', error: 'RemovalBlockedError', again, stands: true }, own);
    expect(commandsOf(steps)).toEqual(['npm start -- status dev', again]);
  });
});

it('after a fleet says how to go on, or how to take it down', () => {
  const words = ['fleet', 'provision', 'fleet.json', '--grant-quotas'];
  expect(commandsOf(afterFleet(words, false, own))).toEqual([
    'npm start -- status',
    'npm start -- fleet provision fleet.json --grant-quotas',
  ]);
  expect(commandsOf(afterFleet(words, true, own))).toEqual([
    'npm start -- list',
    'npm start -- fleet deprovision fleet.json --grant-quotas',
  ]);
  expect(afterFleet(['fleet', 'deprovision', 'fleet.json'], true, own)).toEqual([]);
});

it('after a removal names the inventory only where something is left', () => {
  expect(afterRemoval(false, own)).toEqual([]);
  expect(commandsOf(afterRemoval(true, own))).toEqual(['npm start -- inventory']);
});

it('prints words as comments, so that all of it can be pasted, and nothing where there is nothing to do', () => {
  const lines: string[] = [];
  printNextSteps((line) => lines.push(line), []);
  expect(lines).toEqual([]);
  printNextSteps((line) => lines.push(line), [seeAgain(own, 'dev')]);
  expect(lines).toEqual(['Next:', '  # see this run again in a browser', '  npm start -- watch dev']);
});
