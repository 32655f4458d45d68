/** Launch templates, with what a node group puts into one. */
import { z } from 'zod';
import { AwsFault, type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { filters, ids, page, paging, select } from './describe.ts';
import {
  ec2State,
  find,
  type LaunchTemplate,
  type LaunchTemplateVersion,
  missing,
  visibleAt,
} from './state.ts';
import { tagList, tagSpecifications, tagsOnCreate } from './tags.ts';
import { onceByToken } from './tokens.ts';

const data = z.strictObject({
  BlockDeviceMappings: z
    .array(
      z.strictObject({
        DeviceName: z.string(),
        Ebs: z.strictObject({
          VolumeSize: z.int().optional(),
          VolumeType: z.string().optional(),
          Encrypted: z.boolean().optional(),
          DeleteOnTermination: z.boolean().optional(),
          KmsKeyId: z.string().optional(),
          Iops: z.int().optional(),
          Throughput: z.int().optional(),
        }),
      }),
    )
    .optional(),
  MetadataOptions: z
    .strictObject({
      HttpTokens: z.enum(['required', 'optional']).optional(),
      HttpPutResponseHopLimit: z.int().min(1).max(64).optional(),
      HttpEndpoint: z.enum(['enabled', 'disabled']).optional(),
    })
    .optional(),
  InstanceType: z.string().optional(),
  ImageId: z.string().optional(),
  UserData: z.string().optional(),
  SecurityGroupIds: z.array(z.string()).optional(),
  TagSpecifications: tagSpecifications,
});

const reference = { LaunchTemplateId: z.string().optional(), LaunchTemplateName: z.string().optional() };

interface LaunchTemplateReference {
  readonly LaunchTemplateId?: string | undefined;
  readonly LaunchTemplateName?: string | undefined;
}

function byName(call: Call, name: string): LaunchTemplate | undefined {
  return Object.values(ec2State(call).launchTemplates).find((template) => template.name === name);
}

/** By id or by name. @throws `InvalidLaunchTemplateId.NotFound`, `InvalidLaunchTemplateName.NotFoundException` */
function requireLaunchTemplate(call: Call, by: LaunchTemplateReference): LaunchTemplate {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = by;
  if ((id === undefined) === (name === undefined)) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'Either the id or the name of the launch template is needed, not both.',
    );
  }
  const named = name === undefined ? undefined : byName(call, name);
  const template = find(call, ec2State(call).launchTemplates, id ?? named?.id ?? '');
  if (template) return template;
  if (id !== undefined) throw missing('launchTemplates', id);
  throw new AwsFault(
    'InvalidLaunchTemplateName.NotFoundException',
    `The specified launch template, with template name ${name}, does not exist.`,
  );
}

/** `$Latest`, `$Default` or a number. @throws `InvalidLaunchTemplateId.VersionNotFound` */
function requireLaunchTemplateVersion(template: LaunchTemplate, version: string): LaunchTemplateVersion {
  const latest = template.versions.at(-1)!.number;
  const wanted =
    version === '$Latest' ? latest : version === '$Default' ? template.defaultVersion : Number(version);
  const found = template.versions.find((one) => one.number === wanted);
  if (!found) {
    throw new AwsFault(
      'InvalidLaunchTemplateId.VersionNotFound',
      `Could not find launch template version ${version} of ${template.id}.`,
    );
  }
  return found;
}

function version(
  templateId: string,
  number: number,
  input: { LaunchTemplateData: Record<string, unknown>; VersionDescription?: string | undefined },
  call: Call,
): LaunchTemplateVersion {
  return {
    id: `${templateId}:${number}`,
    number,
    createdAt: call.now,
    createdBy: call.caller,
    ...(input.VersionDescription === undefined ? {} : { description: input.VersionDescription }),
    data: input.LaunchTemplateData,
  };
}

function present(template: LaunchTemplate) {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    CreateTime: new Date(template.createdAt),
    CreatedBy: template.createdBy,
    DefaultVersionNumber: template.defaultVersion,
    LatestVersionNumber: template.versions.at(-1)!.number,
    Tags: tagList(template),
  };
}

function presentVersion(template: LaunchTemplate, one: LaunchTemplateVersion) {
  return {
    LaunchTemplateId: template.id,
    LaunchTemplateName: template.name,
    VersionNumber: one.number,
    VersionDescription: one.description,
    CreateTime: new Date(one.createdAt),
    CreatedBy: one.createdBy,
    DefaultVersion: one.number === template.defaultVersion,
    LaunchTemplateData: one.data,
  };
}

const versionOperations: Record<string, Operation> = {
  CreateLaunchTemplateVersion: mutation(
    {
      ...reference,
      LaunchTemplateData: data,
      VersionDescription: z.string().optional(),
      ClientToken: z.string().optional(),
    },
    (input, call) => {
      const template = requireLaunchTemplate(call, input);
      // A version never changes, so what the token remembers is all there is to answer with.
      const one = onceByToken<LaunchTemplateVersion>(call, 'CreateLaunchTemplateVersion', input, {}, () => {
        const next = version(template.id, template.versions.at(-1)!.number + 1, input, call);
        template.versions.push(next);
        return next;
      });
      return { LaunchTemplateVersion: presentVersion(template, one) };
    },
  ),

  DescribeLaunchTemplateVersions: read(
    { ...reference, Versions: z.array(z.string()).optional(), ...paging },
    (input, call) => {
      const template = requireLaunchTemplate(call, input);
      const versions = input.Versions
        ? input.Versions.map((one) => requireLaunchTemplateVersion(template, one))
        : template.versions.toReversed();
      const { items, ...next } = page(versions, input);
      return { LaunchTemplateVersions: items.map((one) => presentVersion(template, one)), ...next };
    },
  ),
};

export const launchTemplateOperations: Record<string, Operation> = {
  ...versionOperations,

  CreateLaunchTemplate: mutation(
    {
      LaunchTemplateName: z.string().regex(/^[a-zA-Z0-9().\-/_]{3,128}$/),
      LaunchTemplateData: data,
      VersionDescription: z.string().optional(),
      ClientToken: z.string().optional(),
      TagSpecifications: tagSpecifications,
    },
    (input, call) => {
      const tags = tagsOnCreate(input.TagSpecifications, 'launch-template');
      const { launchTemplates } = ec2State(call);
      const template = onceByToken(call, 'CreateLaunchTemplate', input, launchTemplates, () => {
        if (byName(call, input.LaunchTemplateName)) {
          throw new AwsFault(
            'InvalidLaunchTemplateName.AlreadyExistsException',
            'Launch template name already in use.',
          );
        }
        const id = call.newId('lt');
        const made: LaunchTemplate = {
          id,
          tags,
          visibleAt: visibleAt(call),
          name: input.LaunchTemplateName,
          createdAt: call.now,
          createdBy: call.caller,
          defaultVersion: 1,
          versions: [version(id, 1, input, call)],
        };
        launchTemplates[made.id] = made;
        return made;
      });
      return { LaunchTemplate: present(template) };
    },
  ),

  DeleteLaunchTemplate: mutation(reference, (input, call) => {
    const template = requireLaunchTemplate(call, input);
    delete ec2State(call).launchTemplates[template.id];
    return { LaunchTemplate: present(template) };
  }),

  DescribeLaunchTemplates: read(
    { LaunchTemplateIds: ids, LaunchTemplateNames: ids, Filters: filters, ...paging },
    (input, call) => {
      const named = input.LaunchTemplateNames?.map(
        (name) => requireLaunchTemplate(call, { LaunchTemplateName: name }).id,
      );
      const templates = select(
        call,
        'launchTemplates',
        { ids: input.LaunchTemplateIds ?? named, filters: input.Filters },
        { 'launch-template-name': (template) => [template.name] },
      );
      const { items, ...next } = page(templates, input);
      return { LaunchTemplates: items.map(present), ...next };
    },
  ),
};
