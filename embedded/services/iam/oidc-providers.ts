/** IAM OpenID Connect providers: the account side of IRSA. */
import { z } from 'zod';
import { limitOf } from '#embedded/limits.ts';
import { type Call, mutation, type Operation, read } from '#embedded/model.ts';
import { pageOf } from '#embedded/page.ts';
import { tagList } from './roles.ts';
import {
  checkTags,
  iamFault,
  iamState,
  mergeTags,
  type OidcProviderRecord,
  type Tag,
  validationFault,
} from './state.ts';

function requireProvider(call: Call, arn: string): OidcProviderRecord {
  const provider = iamState(call).oidcProviders[arn];
  if (!provider) throw iamFault('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`, 404);
  return provider;
}

function createProvider(
  call: Call,
  input: { Url: string; ClientIDList?: string[]; ThumbprintList?: string[]; Tags?: Tag[] },
): OidcProviderRecord {
  const { oidcProviders } = iamState(call);
  if (!input.Url.startsWith('https://'))
    throw iamFault('InvalidInput', 'Invalid Open ID Connect Provider URL');
  checkTags(input.Tags ?? []);
  const url = input.Url.slice('https://'.length);
  const arn = `arn:${call.partition}:iam::${call.account}:oidc-provider/${url}`;
  if (oidcProviders[arn])
    throw iamFault('EntityAlreadyExists', `Provider with url ${input.Url} already exists.`, 409);
  const quota = limitOf(call, 'L-858F3967');
  if (Object.keys(oidcProviders).length >= quota)
    throw iamFault(
      'LimitExceeded',
      `Cannot exceed quota for OpenIdConnectProvidersPerAccount: ${quota}`,
      409,
    );
  const provider: OidcProviderRecord = {
    arn,
    url,
    clientIds: input.ClientIDList ?? [],
    // IAM fetches the top certificate's thumbprint itself where none is given.
    thumbprints: input.ThumbprintList ?? [call.hex(40)],
    createdAt: call.now,
    tags: input.Tags ?? [],
  };
  oidcProviders[arn] = provider;
  return provider;
}

const providerArn = { OpenIDConnectProviderArn: z.string() };

export const oidcOperations: Record<string, Operation> = {
  CreateOpenIDConnectProvider: mutation(
    {
      Url: z.string(),
      ClientIDList: z.array(z.string()).optional(),
      ThumbprintList: z.array(z.string().length(40)).optional(),
      Tags: tagList.optional(),
    },
    (input, call) => {
      const provider = createProvider(call, input);
      return { OpenIDConnectProviderArn: provider.arn, Tags: provider.tags };
    },
  ),
  GetOpenIDConnectProvider: read(providerArn, (input, call) => {
    const provider = requireProvider(call, input.OpenIDConnectProviderArn);
    return {
      Url: provider.url,
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: new Date(provider.createdAt),
      Tags: provider.tags,
    };
  }),
  ListOpenIDConnectProviders: read({}, (_input, call) => ({
    OpenIDConnectProviderList: Object.keys(iamState(call).oidcProviders).map((Arn) => ({ Arn })),
  })),
  // IAM answers the deletion of an unknown provider with success.
  DeleteOpenIDConnectProvider: mutation(providerArn, (input, call) => {
    delete iamState(call).oidcProviders[input.OpenIDConnectProviderArn];
    return {};
  }),
  TagOpenIDConnectProvider: mutation({ ...providerArn, Tags: tagList }, (input, call) => {
    const provider = requireProvider(call, input.OpenIDConnectProviderArn);
    provider.tags = mergeTags(provider.tags, input.Tags);
    return {};
  }),
  UntagOpenIDConnectProvider: mutation({ ...providerArn, TagKeys: z.array(z.string()) }, (input, call) => {
    const provider = requireProvider(call, input.OpenIDConnectProviderArn);
    provider.tags = provider.tags.filter((tag) => !input.TagKeys.includes(tag.Key));
    return {};
  }),
  ListOpenIDConnectProviderTags: read(
    { ...providerArn, Marker: z.string().optional(), MaxItems: z.number().optional() },
    (input, call) => {
      const { items, next } = pageOf(
        requireProvider(call, input.OpenIDConnectProviderArn).tags,
        input.Marker,
        input.MaxItems ?? 100,
        () => validationFault('Invalid Marker.'),
      );
      return { Tags: items, IsTruncated: next !== undefined, Marker: next };
    },
  ),
  AddClientIDToOpenIDConnectProvider: mutation({ ...providerArn, ClientID: z.string() }, (input, call) => {
    const provider = requireProvider(call, input.OpenIDConnectProviderArn);
    if (!provider.clientIds.includes(input.ClientID)) provider.clientIds.push(input.ClientID);
    return {};
  }),
};
