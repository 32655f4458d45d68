/** Well-formed ids of nothing. */
export const unknown = {
  vpc: 'vpc-0123456789abcdef0',
  subnet: 'subnet-0123456789abcdef0',
  internetGateway: 'igw-0123456789abcdef0',
  natGateway: 'nat-0123456789abcdef0',
  allocation: 'eipalloc-0123456789abcdef0',
  securityGroup: 'sg-0123456789abcdef0',
  securityGroupRule: 'sgr-0123456789abcdef0',
  endpoint: 'vpce-0123456789abcdef0',
  launchTemplate: 'lt-0123456789abcdef0',
  fileSystem: 'fs-0123456789abcdef0',
  mountTarget: 'fsmt-0123456789abcdef0',
} as const;
