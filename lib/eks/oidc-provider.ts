/** The IAM OIDC provider of the cluster's issuer, which IRSA needs (R26). EKS does not delete it with the cluster. */
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  type GetOpenIDConnectProviderCommandOutput,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
} from '@aws-sdk/client-iam';
import { client } from '#lib/aws/clients.ts';
import { forEach } from '#lib/aws/each.ts';
import { tolerating } from '#lib/aws/errors.ts';
import { isInScope } from '#lib/ownership/scope.ts';
import { isOwned, tagList } from '#lib/ownership/tags.ts';
import type { EnvironmentPlan, EnvironmentTarget, RemovalTarget } from '#lib/run/environment.ts';
import { NotOurResourceError } from '#lib/run/failures.ts';
import { log } from '#lib/run/log.ts';

const audience = 'sts.amazonaws.com';

export function providerArn(target: EnvironmentTarget, issuer: string): string {
  return `arn:${target.partition}:iam::${target.account}:oidc-provider/${issuer.replace('https://', '')}`;
}

export function findProvider(
  target: EnvironmentTarget,
  arn: string,
): Promise<GetOpenIDConnectProviderCommandOutput | undefined> {
  return tolerating(['gone'], () =>
    client(IAMClient, target).send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })),
  );
}

/** An issuer belongs to one cluster: a provider somebody else made for ours serves as well as our own. */
export async function ensureOidcProvider(environment: EnvironmentPlan, issuer: string): Promise<void> {
  const arn = providerArn(environment, issuer);
  const found = await findProvider(environment, arn);
  if (found) {
    if (found.ClientIDList?.includes(audience)) return;
    if (isOwned(found.Tags, environment)) {
      await client(IAMClient, environment).send(
        new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, ClientID: audience }),
      );
      log.info('audience of the OIDC provider restored', { arn });
      return;
    }
    throw new NotOurResourceError(
      `the OIDC provider ${arn} exists, was not made by this environment and does not admit ${audience}, so IRSA cannot work`,
      'add that audience to it, or delete it, then run again',
    );
  }
  await tolerating(['exists'], () =>
    client(IAMClient, environment).send(
      // No thumbprint: IAM trusts the public CA behind EKS issuers (aws-facts 5.6).
      new CreateOpenIDConnectProviderCommand({
        Url: issuer,
        ClientIDList: [audience],
        Tags: tagList(environment, 'eks/oidc-provider'),
      }),
    ),
  );
  log.info('OIDC provider created', { issuer });
}

/**
 * Deletes our provider. With the cluster gone its issuer cannot be asked for any more: then every EKS issuer of
 * the region is looked at for our tags. True when one was there, so that whoever asks looks again.
 */
export async function removeOidcProviders(
  target: RemovalTarget,
  issuer: string | undefined,
): Promise<boolean> {
  const arns = issuer ? [providerArn(target, issuer)] : await providersOfRegion(target);
  const removed = await forEach(arns, 4, async (arn) => {
    const found = await findProvider(target, arn);
    if (!found || !isInScope(found.Tags, target)) return false;
    await tolerating(['gone'], () =>
      client(IAMClient, target).send(
        new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }),
      ),
    );
    log.info('OIDC provider deleted', { arn });
    return true;
  });
  return removed.includes(true);
}

async function providersOfRegion(target: EnvironmentTarget): Promise<string[]> {
  const answer = await client(IAMClient, target).send(new ListOpenIDConnectProvidersCommand({}));
  return (answer.OpenIDConnectProviderList ?? [])
    .map((provider) => provider.Arn ?? '')
    .filter(
      (arn) => arn.includes(`oidc.eks.${target.region}.`) || arn.includes(`oidc-eks.${target.region}.`),
    );
}
