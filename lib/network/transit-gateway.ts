/** How far the attachment of a VPC to a transit gateway has come, by the state AWS tells. */
import { transitGatewayAttachmentStates } from '#lib/aws/statuses.ts';

/** It carries nothing and never will again; AWS lists it for a while. */
export function isAttachmentOver(state: string | undefined): boolean {
  return (transitGatewayAttachmentStates.failed as readonly string[]).includes(state ?? '');
}
