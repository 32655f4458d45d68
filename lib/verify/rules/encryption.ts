/** R32: encrypted at rest and on the way, and no password that anybody but AWS has made or keeps. */
import { auroraIdentity, documentdbIdentity } from '#lib/data/identities.ts';
import { parameterGroupOf } from '#lib/data/parameters.ts';
import type { DatabaseIdentity } from '#lib/data/service.ts';
import type { EnvironmentPlan } from '#lib/run/environment.ts';
import type { DatabaseSeen, LaunchTemplateSeen } from '#lib/verify/observation.ts';
import { problem, type Rule } from './rule.ts';

export const r32: Rule = (plan, seen) => {
  const { aurora, documentdb, cache, fileSystem, launchTemplate } = seen;
  return {
    evidence: `${aurora?.id}, ${documentdb?.id}, ${cache?.id}, ${fileSystem?.id} and the volumes of ${launchTemplate?.id} are encrypted at rest, databases and ${cache?.id} serve TLS (${[aurora, documentdb].map(insistence).join(', ')}), IMDSv2 is required, AWS keeps the passwords in ${aurora?.secret?.arn} and ${documentdb?.secret?.arn}`,
    problems: [
      ...(aurora
        ? [...databaseProblems(aurora), ...parameterProblems(auroraIdentity, plan, aurora)]
        : ['found no Aurora cluster']),
      ...(documentdb
        ? [...databaseProblems(documentdb), ...parameterProblems(documentdbIdentity, plan, documentdb)]
        : ['found no DocumentDB cluster']),
      ...(cache
        ? [
            ...problem(!cache.atRestEncryption, () => `${cache.id} is not encrypted at rest`),
            ...problem(!cache.transitEncryption, () => `${cache.id} does not serve TLS`),
          ]
        : ['found no replication group']),
      ...(fileSystem
        ? problem(!fileSystem.encrypted, () => `${fileSystem.id} is not encrypted at rest`)
        : ['found no file system']),
      ...(launchTemplate ? nodeProblems(launchTemplate) : ['found no launch template of the nodes']),
    ],
  };
};

function insistence(database: DatabaseSeen | undefined): string {
  return `${database?.id} ${database?.insistsOnTls ? 'insists on it' : 'offers it and takes connections without'}`;
}

/** Of our own group; a cluster that is older than it has another, and the evidence says what that one does. */
function parameterProblems(
  service: DatabaseIdentity,
  plan: EnvironmentPlan,
  { parameterGroup, parameters }: DatabaseSeen,
): string[] {
  const planned = parameterGroupOf(service.step, plan);
  if (!planned || !service.identifiers(plan).parameterGroups.includes(parameterGroup)) return [];
  return Object.entries(planned.parameters)
    .filter(([name, value]) => parameters[name] !== value)
    .map(
      ([name, value]) =>
        `expected ${name} = ${value} in parameter group ${parameterGroup}, found ${parameters[name] ?? 'it not set'}`,
    );
}

function databaseProblems(database: DatabaseSeen): string[] {
  const { id, secret } = database;
  return [
    ...problem(!database.storageEncrypted, () => `${id} is not encrypted at rest`),
    ...problem(!secret?.arn, () => `expected a password of ${id} kept by AWS, found none`),
    ...problem(
      secret !== undefined && secret.status !== 'active',
      () => `${secret?.arn} is ${secret?.status}, not active`,
    ),
    ...problem(!database.servesTls, () => `${id} does not serve TLS`),
  ];
}

function nodeProblems(template: LaunchTemplateSeen): string[] {
  return [
    ...problem(
      template.httpTokens !== 'required',
      () => `expected IMDSv2 required by ${template.id}, found ${template.httpTokens ?? 'no setting'}`,
    ),
    ...problem(template.volumes.length === 0, () => `${template.id} says nothing about volumes`),
    ...template.volumes.flatMap((volume) => [
      ...problem(!volume.encrypted, () => `${volume.device} of ${template.id} is not encrypted`),
      ...problem(
        volume.type !== 'gp3',
        () => `expected gp3 for ${volume.device} of ${template.id}, found ${volume.type ?? 'no type'}`,
      ),
    ]),
  ];
}
