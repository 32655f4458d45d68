/** The rows of the error table that say a wished state is there already: made, or gone. */
import type { ErrorRow } from './error-row.ts';

/** Asked before a busy code is taken for busy. */
export const wishedRows: readonly ErrorRow[] = [
  {
    means: 'gone',
    codes: ['Client'],
    text: /No cluster found for name/,
    when: 'EKS says so of a cluster that was there',
    source: 'hashicorp/terraform-provider-aws internal/service/eks/cluster.go',
  },
  {
    means: 'gone',
    codes: ['Gateway.NotAttached'],
    intent: 'delete',
    when: 'detached already',
    source: 'AWSEC2/latest/APIReference/errors-overview.html',
  },
  {
    means: 'gone',
    text: /already being deleted/i,
    intent: 'delete',
    when: 'on its way out',
    source: 'hashicorp/terraform-provider-aws internal/service/rds/instance.go',
  },
  {
    means: 'exists',
    codes: [
      'RouteAlreadyExists',
      'Resource.AlreadyAssociated',
      'InvalidPermission.Duplicate',
      'InvalidGroup.Duplicate',
      'EntityAlreadyExists',
      'MountTargetConflict',
      'InvalidSubnet.Conflict',
      'DuplicateTransitGatewayAttachment',
      '*AlreadyExists*',
    ],
    when: 'made by an earlier look whose answer was lost, or by somebody else: the next look tells',
    source: 'aws-facts 0.5',
  },
  {
    means: 'exists',
    codes: ['ResourceInUse'],
    intent: 'create',
    text: /already (exists|in use)/i,
    when: 'the same, of EKS',
    source: 'eks/latest/APIReference (ResourceInUseException)',
  },
];

/** Asked last. */
export const notFoundRows: readonly ErrorRow[] = [
  {
    means: 'gone',
    codes: ['*NotFound', 'NoSuchEntity'],
    when: 'there is none',
    source: 'aws-facts 0.5',
  },
];
