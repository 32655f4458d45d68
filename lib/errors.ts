/**
 * What an AWS error means for a level-triggered step, and the few error names the state machines know.
 *
 * AWS spells one condition in several ways (`error.name` is the modelled class, not the wire code, and
 * differs between services), so everything is compared by canonical code. Source: aws-facts 0.2, 0.5.
 */

/**
 * - `pending`: not visible yet, or busy: look again.
 * - `exists` / `gone`: the wished state is already there: observe.
 * - `throttled`, `transient`: the same call later.
 * - `capacity`: AWS has no hardware just now.
 * - `quota`, `configuration`, `access`: no repetition helps.
 * - `unknown`: an error this table does not know; treated as terminal.
 */
export type ErrorClass =
  | 'pending'
  | 'exists'
  | 'gone'
  | 'throttled'
  | 'transient'
  | 'capacity'
  | 'quota'
  | 'configuration'
  | 'access'
  | 'unknown';

interface AwsError extends Error {
  readonly Code?: string;
  readonly operation?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

/** The wire code without `Fault`/`Exception`: one name for a condition in every service. */
export function canonicalCode(error: unknown): string {
  const { Code, name } = error as AwsError;
  return (Code ?? name ?? 'Unknown').replace(/(Fault|Exception)$/, '');
}

/** `ec2:CreateVpc`, or undefined where the error did not come out of an SDK client. */
export function operationOf(error: unknown): string | undefined {
  return (error as AwsError).operation;
}

/** True for an error that came from AWS (or from the SDK on the way there). */
export function isAwsError(error: unknown): error is AwsError {
  return error instanceof Error && (operationOf(error) !== undefined || '$metadata' in error);
}

type Intent = 'observe' | 'create' | 'delete';

function intentOf(operation: string): Intent {
  const verb = operation.split(':')[1] ?? '';
  if (/^(Describe|List|Get)/.test(verb)) return 'observe';
  if (/^(Delete|Detach|Disassociate|Release|Revoke|Remove)/.test(verb)) return 'delete';
  return 'create';
}

const throttledCodes = new Set([
  'Throttling',
  'Throttled',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequests',
  'RequestThrottled',
  'SlowDown',
  'EC2Throttled',
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceeded',
]);

const busyCodes = new Set([
  'DependencyViolation',
  'IncorrectState',
  'Gateway.NotAttached',
  'ResourceNotReady',
  'InvalidIPAddress.InUse',
  'InvalidGroup.InUse',
  'ConcurrentMutationLimitExceeded',
  'OperationNotPermitted',
  'ResourceInUse',
  'ConcurrentModification',
  'DeleteConflict',
  'InvalidDBClusterState',
  'InvalidDBInstanceState',
  'InvalidDBParameterGroupState',
  'InvalidDBSubnetGroupState',
  'InvalidReplicationGroupState',
  'CacheSubnetGroupInUse',
  'IncorrectFileSystemLifeCycleState',
  'IncorrectMountTargetState',
  'FileSystemInUse',
  'DependencyTimeout',
  'OperationAborted',
]);

const existsCodes = new Set([
  'RouteAlreadyExists',
  'Resource.AlreadyAssociated',
  'InvalidPermission.Duplicate',
  'InvalidGroup.Duplicate',
  'EntityAlreadyExists',
  'MountTargetConflict',
  'InvalidSubnet.Conflict',
  'InvalidLaunchTemplateName.AlreadyExistsException',
]);

const accessCodes =
  /^(UnauthorizedOperation|AccessDenied|OptInRequired|Blocked|PendingVerification|AuthFailure|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch)/;
const quotaCodes =
  /(LimitExceeded|QuotaExceeded|QuotaForCustomerExceeded|QuotaForClusterExceeded|TagQuotaPerResourceExceeded)$/;
const notFoundCodes = /(NotFound|NoSuchEntity|NatGatewayNotFound)$/;
const configurationCodes =
  /^(InvalidParameter|InvalidServiceName|InvalidVpc\.Range|InvalidSubnet\.Range|IdempotentParameterMismatch|DBSubnetGroupDoesNotCoverEnoughAZs|InvalidSubnet|UnsupportedAvailabilityZone|MalformedPolicyDocument|Validation|InvalidInput|BadRequest|InvalidRequest|MissingParameter|Unsupported|NoFreeAddressesInSubnet|AvailabilityZonesMismatch|StorageTypeNotSupported|InvalidVPCNetworkState|KMSKeyNotAccessible|CannotDelete|InvalidRoute|Malformed|UnknownParameter)/;

/** Texts under a terminal code which AWS nevertheless means as "not yet". */
const notYetTexts: ReadonlyArray<{ readonly code: RegExp; readonly text: RegExp }> = [
  // IAM -> EKS propagation: a role made seconds ago is not visible to EKS yet (aws-facts 5.1).
  {
    code: /^InvalidParameter/,
    text: /Error in role params|could not be assumed because the trusted entity|doesn't have the Amazon EKS Managed Policies|IAM role's policy must include|role.*does not exist|(nodeRole|roleArn).*not/i,
  },
  { code: /^InvalidParameter/, text: /create service linked role.*(wait|try again)/is },
  { code: /./, text: /Verify that you have permission to create service linked role/i },
  // EKS: cluster still updating (aws-facts 0.5).
  { code: /^InvalidRequest/, text: /(updating|creating|in progress|not (yet |in )?active|currently)/i },
];

/** What `error` means. Unmodelled spellings come out as `unknown`, never as something that is retried. */
export function classify(error: unknown): ErrorClass {
  const code = canonicalCode(error);
  const message = error instanceof Error ? error.message : '';
  const intent = intentOf(operationOf(error) ?? '');
  if (throttledCodes.has(code)) return 'throttled';
  if (notYetTexts.some((entry) => entry.code.test(code) && entry.text.test(message))) return 'pending';
  if (code === 'Client' && /No cluster found for name/.test(message)) return 'gone';
  if (accessCodes.test(code)) return code === 'AuthFailure' && intent === 'delete' ? 'pending' : 'access';
  if (/^Insufficient.*Capacity/.test(code)) return 'capacity';
  if (intent === 'delete' && code === 'Gateway.NotAttached') return 'gone';
  if (intent === 'delete' && /already being deleted/i.test(message)) return 'gone';
  if (existsCodes.has(code) || /AlreadyExists/.test(code)) return 'exists';
  if (intent === 'create' && code === 'ResourceInUse' && /already exists/i.test(message)) return 'exists';
  if (busyCodes.has(code)) return 'pending';
  if (quotaCodes.test(code)) return 'quota';
  if (notFoundCodes.test(code)) return intent === 'create' ? 'pending' : 'gone';
  if (isTransient(error, code)) return 'transient';
  if (configurationCodes.test(code)) return 'configuration';
  return 'unknown';
}

function isTransient(error: unknown, code: string): boolean {
  const status = (error as AwsError).$metadata?.httpStatusCode;
  if (status !== undefined && status >= 500) return true;
  return (
    /^(TimeoutError|RequestTimeout|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|NetworkingError|InternalError|InternalFailure|InternalServer|InternalServerError|ServiceUnavailable|ServerException|Server|Unavailable)$/.test(
      code,
    ) || /^(ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT)$/.test(String((error as { code?: unknown }).code ?? ''))
  );
}

/**
 * Runs `call`; an AWS error of one of `classes` counts as an answer (undefined), every other error is thrown.
 * For creates that may find their work done (`exists`) and deletes that may find it gone (`gone`).
 */
export async function tolerating<T>(
  classes: readonly ErrorClass[],
  call: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isAwsError(error) && classes.includes(classify(error))) return undefined;
    throw error;
  }
}

/** What to do about a terminal error, by class; the last part of every failure message. */
export const advice: Record<'capacity' | 'quota' | 'configuration' | 'access' | 'unknown', string> = {
  capacity:
    'AWS has no capacity for this type in these zones now; try later, or choose another type or other zones',
  quota: 'ask for a quota increase in Service Quotas, or remove what is no longer needed, then run again',
  configuration: 'correct the request, then run again',
  access:
    'allow this action to the role of the step (a service control policy or boundary may also deny it), then run again',
  unknown: 'read the AWS message; if it persists, open a case with the request id',
};
