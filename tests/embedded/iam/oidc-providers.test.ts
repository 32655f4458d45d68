import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListOpenIDConnectProviderTagsCommand,
  TagOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam';
import { expect, test } from 'vitest';
import { client } from '#lib/aws/clients.ts';
import { testAws } from '../../support/embedded.ts';

const region = 'eu-central-1';
const Url = 'https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF';
const arn = `arn:aws:iam::111122223333:oidc-provider/${Url.slice('https://'.length)}`;
const iam = () => client(IAMClient, { region });
const create = () =>
  iam().send(
    new CreateOpenIDConnectProviderCommand({
      Url,
      ClientIDList: ['sts.amazonaws.com'],
      Tags: [{ Key: 'aoscloud:environment', Value: 'dev' }],
    }),
  );

test('a provider is found under the ARN its issuer gives', async () => {
  const { aws } = testAws();
  expect((await create()).OpenIDConnectProviderArn).toBe(arn);
  const provider = await iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
  expect(provider).toMatchObject({ Url: Url.slice('https://'.length), ClientIDList: ['sts.amazonaws.com'] });
  expect(aws.inventory(region)).toEqual({ 'iam:oidc-provider': [arn] });
});

test('an issuer has one provider', async () => {
  testAws();
  await create();
  await expect(create()).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
    Code: 'EntityAlreadyExists',
  });
});

test('a list has ARNs, and tags are asked for one by one', async () => {
  testAws();
  await create();
  const target = { OpenIDConnectProviderArn: arn };
  await iam().send(new TagOpenIDConnectProviderCommand({ ...target, Tags: [{ Key: 'team', Value: 'a' }] }));
  const { OpenIDConnectProviderList } = await iam().send(new ListOpenIDConnectProvidersCommand({}));
  expect(OpenIDConnectProviderList).toEqual([{ Arn: arn }]);
  const { Tags } = await iam().send(new ListOpenIDConnectProviderTagsCommand(target));
  expect(Tags).toHaveLength(2);
});

test('deleting twice is no error, reading afterwards is', async () => {
  testAws();
  await create();
  const target = { OpenIDConnectProviderArn: arn };
  for (let times = 0; times < 2; times += 1) await iam().send(new DeleteOpenIDConnectProviderCommand(target));
  await expect(iam().send(new GetOpenIDConnectProviderCommand(target))).rejects.toMatchObject({
    name: 'NoSuchEntityException',
  });
});
