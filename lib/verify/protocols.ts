/** IANA's numbers, in which network ACLs and some security group rules speak. */
export const protocolNumbers = { tcp: '6', udp: '17' } as const;
