import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunEvent } from '#console/api.ts';
import { Records } from '#local/console/records.ts';
import { forgetAccount, runsFolder } from '#local/state-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'records-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const started = (execution: string, parent?: string): RunEvent => ({
  type: 'run-started',
  sequence: 1,
  execution,
  at: 1,
  run: {
    execution,
    machine: parent ? 'deprovision' : 'provision',
    environment: 'dev',
    startedAt: 1,
    status: 'RUNNING',
    ...(parent ? { parent } : {}),
  },
});
const entered = (execution: string): RunEvent => ({
  type: 'entered',
  sequence: 2,
  execution,
  at: 2,
  state: 'Aurora',
  stateType: 'Task',
});

it('keeps a run for the next process, and with it what belongs to it', () => {
  const records = new Records(folder);
  for (const event of [started('one'), entered('one'), started('back', 'one'), started('two')])
    records.keep(event);
  records.flush();
  const later = new Records(folder);
  expect(later.read('one')).toEqual([started('one'), entered('one')]);
  expect(later.readTogether('one').map(({ execution }) => execution)).toEqual(['one', 'one', 'back']);
  expect(later.readTogether('back').map(({ execution }) => execution)).toEqual(['back', 'one', 'one']);
  expect(later.readTogether('nobody')).toEqual([]);
});

it('leaves out the half line of a process that died', () => {
  const records = new Records(folder);
  records.keep(started('one'));
  records.flush();
  appendFileSync(join(folder, runsFolder, 'one.jsonl'), '{"type":"ente');
  expect(records.read('one')).toEqual([started('one')]);
});

it('stays in its folder, whatever a run is called', () => {
  const records = new Records(folder);
  records.keep(started('../../out'));
  records.flush();
  expect(readdirSync(folder)).toEqual([runsFolder]);
  expect(records.read('../../out')).toHaveLength(1);
});

it('keeps the last hundred, and none of a forgotten account', () => {
  const records = new Records(folder);
  for (let index = 0; index < 104; index += 1) {
    records.keep(started(`run-${index}`));
    records.flush();
  }
  expect(readdirSync(join(folder, runsFolder))).toHaveLength(100);
  forgetAccount(folder);
  expect(records.read('run-103')).toEqual([]);
});
