import { describe, expect, it } from 'vitest';
import { AwsFault, type Call } from '#embedded/model.ts';
import { efsState } from '#embedded/services/efs/state.ts';
import { fileSystem, mountTarget, removalWorld } from './world.ts';

const replicated = (call: Call) => {
  fileSystem(call).replication = { role: 'source', id: 'fs-copy', region: 'us-east-1' };
};

describe('what keeps EFS from going', () => {
  it('is a replication of it, which is ended at its source', async () => {
    const world = await removalWorld(replicated);
    expect((await world.ask()).blockers).toEqual([
      {
        problem: expect.stringMatching(
          /^EFS file system (fs-\w+) is replicated to fs-copy in us-east-1\. What to do: end the replication \(aws efs delete-replication-configuration --source-file-system-id \1\); its other side stays$/,
        ),
        steps: ['efs'],
      },
    ]);
  });

  it('is being a replica, which is ended at its source', async () => {
    const world = await removalWorld((call) => {
      fileSystem(call).replication = { role: 'destination', id: 'fs-origin', region: 'us-east-1' };
    });
    expect(await world.problems()).toEqual([
      expect.stringMatching(
        /is the replica of fs-origin in us-east-1\..*--source-file-system-id fs-origin\)/,
      ),
    ]);
  });

  it('is a mount target in another VPC, until that is being deleted', async () => {
    const world = await removalWorld(
      (call) => void Object.assign(mountTarget(call), { vpcId: 'vpc-theirs' }),
    );
    expect((await world.ask()).blockers).toEqual([
      {
        problem: expect.stringMatching(
          /^EFS file system fs-\w+ has mount target fsmt-\w+ in vpc-theirs, which is not of this environment\. What to do: /,
        ),
        steps: ['efs'],
      },
    ]);
    world.arrange((call) => {
      mountTarget(call).state = 'deleting';
    });
    expect(await world.problems()).toEqual([]);
  });

  it('is warned of: it leaves no copy of its own', async () => {
    const world = await removalWorld();
    expect((await world.ask()).warnings).toEqual([
      expect.stringMatching(
        /^EFS file system fs-\w+ leaves no final copy: what AWS Backup has kept of it stays/,
      ),
    ]);
  });

  it.each([
    ['is gone', (call: Call) => void Object.assign(efsState(call), { fileSystems: {}, mountTargets: {} })],
    ['is being deleted already', (call: Call) => void (fileSystem(call).state = 'deleting')],
    ['belongs to somebody else', (call: Call) => void (fileSystem(call).tags = {})],
    [
      'belongs to another environment',
      (call: Call) => void (fileSystem(call).tags['aoscloud:environment'] = 'prod'),
    ],
  ])('is not asked of a file system that %s', async (_what, change) => {
    const world = await removalWorld(replicated, change);
    expect(await world.ask({}, 'own')).toEqual({ blockers: [], warnings: [] });
  });

  it('is asked of the file system of this environment, not of another that is listed first', async () => {
    const world = await removalWorld(replicated, (call) => {
      const { id, ...ours } = structuredClone(fileSystem(call));
      const other = { ...ours, id: 'fs-first', creationToken: 'aoscloud-prod-efs', tags: {} };
      efsState(call).fileSystems = { 'fs-first': other, [id]: fileSystem(call) };
    });
    expect(await world.problems()).toEqual([expect.stringMatching(/is replicated to fs-copy/)]);
  });

  it('is not asked of one that AWS still lists as deleted', async () => {
    const world = await removalWorld(replicated, (call) => {
      Object.assign(fileSystem(call), { state: 'deleted' });
    });
    expect(await world.ask({}, 'own')).toEqual({ blockers: [], warnings: [] });
  });

  it.each([
    ['DescribeFileSystems', 0],
    ['DescribeMountTargets', 1],
  ])('is nothing that is gone when %s asks for it', async (operation, warnings) => {
    const world = await removalWorld();
    const fault = new AwsFault('FileSystemNotFound', 'does not exist', { status: 404 });
    world.test.aws.inject = (call) =>
      call.operation === `efs:${operation}` ? { kind: 'refuse', fault } : undefined;
    const found = await world.ask({}, 'own');
    expect(found.blockers).toEqual([]);
    expect(found.warnings).toHaveLength(warnings);
  });

  it('is not asked of a file system that the run to be taken back did not make', async () => {
    const world = await removalWorld(replicated);
    expect(await world.ask({ createdBy: 'run-2' }, 'own')).toEqual({ blockers: [], warnings: [] });
    expect(await world.problems({ createdBy: 'run-1' }, 'own')).toHaveLength(1);
  });
});
