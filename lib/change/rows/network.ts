/** The network's options, and who may reach the load balancers. */
import {
  byMember,
  type FieldDifference,
  isAdded,
  noInterruption,
  oneValue,
  type Row,
  type Situation,
} from '#lib/change/row.ts';
import {
  destinationName,
  flowLogComponent,
  isZonal,
  s3GatewayComponent,
  transitGatewayComponent,
} from '#lib/network/options.ts';
import { ingressRules } from '#lib/network/rules.ts';
import { names } from '#lib/ownership/names.ts';
import { componentTag } from '#lib/ownership/tags.ts';

const ruleChange = 'https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html';

const flowLogPage = 'https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html';
/** AWS changes none: the new one begins when the old one is gone. */
const flowLogGap = 'the record, for some minutes';

export const networkRows = {
  'network.natGateways': {
    step: 'routing',
    source: 'https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html',
    differences: ({ request, seen }) => {
      const own = seen.natGateways.flatMap(({ component }) => component ?? []);
      const has = own.length > 0 ? (own.some(isZonal) ? 'per-zone' : 'one') : undefined;
      return oneValue(has, request.network.natGateways);
    },
    cases: [
      {
        of: 'one a zone',
        fits: (_from, to) => to === 'per-zone',
        kind: 'add',
        interrupts: 'open connections through NAT, and the address two zones are seen under',
        aboutSeconds: 150,
      },
      {
        of: 'one for all',
        kind: 'change',
        interrupts: 'open connections through NAT, and the address two zones are seen under',
        aboutSeconds: 150,
      },
    ],
  },
  // Compared in preflight, beside whether the addresses can be had: lib/preflight/nat-addresses.ts.
  'network.natAddresses': {
    aside:
      'Refused for a NAT gateway that stands: it keeps its address for life, and allow-lists elsewhere hang on it. Instead: name the address it has, or leave the field out where it is our own. With `natGateways: per-zone` the gateways that are added get theirs.',
  },
  'network.flowLogs.destination': {
    step: 'vpc',
    source: flowLogPage,
    differences: (situation) => {
      const from = flowLogOf(situation)?.destination;
      const to = situation.request.network.flowLogs?.destination;
      const same = from && to && destinationName(from) === destinationName(to);
      return situation.seen.vpcs.length === 0 || same || from === to ? [] : [{ from, to }];
    },
    cases: [
      { of: 'named', fits: isAdded, kind: 'add', interrupts: noInterruption, aboutSeconds: 5 },
      {
        of: 'taken out',
        fits: (_from, to) => to === undefined,
        kind: 'change',
        interrupts: 'nothing; what was recorded stays where it is',
        aboutSeconds: 5,
      },
      { of: 'another', kind: 'replace', interrupts: flowLogGap, aboutSeconds: 10 },
    ],
  },
  'network.flowLogs.roleArn': {
    step: 'vpc',
    source: flowLogPage,
    differences: (situation) => flowLogDifference(situation, 'roleArn'),
    cases: [{ kind: 'replace', interrupts: flowLogGap, aboutSeconds: 10 }],
  },
  'network.flowLogs.trafficType': {
    step: 'vpc',
    source: flowLogPage,
    differences: (situation) => flowLogDifference(situation, 'trafficType'),
    cases: [{ kind: 'replace', interrupts: flowLogGap, aboutSeconds: 10 }],
  },
  'network.transitGateway.id': {
    step: 'routing',
    source: 'https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html',
    differences: (situation) => {
      const from = attachmentOf(situation)?.gatewayId;
      const to = situation.request.network.transitGateway?.id;
      return situation.seen.vpcs.length === 0 || from === to ? [] : [{ from, to }];
    },
    cases: [
      { of: 'named', fits: isAdded, kind: 'add', interrupts: noInterruption, aboutSeconds: 90 },
      {
        of: 'taken out: attachment and routes go',
        fits: (_from, to) => to === undefined,
        kind: 'change',
        interrupts: 'everything that comes or goes through it',
        aboutSeconds: 90,
      },
      {
        of: 'another',
        kind: 'refuse',
        why: 'a rollback could not give back what the first one carried',
        instead: 'take network.transitGateway out, run, then name the other one',
      },
    ],
  },
  'network.transitGateway.routes': {
    step: 'routing',
    source: 'https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html',
    differences: (situation) => {
      const attachment = attachmentOf(situation);
      const wish = situation.request.network.transitGateway;
      if (!attachment || attachment.gatewayId !== wish?.id) return [];
      const routed = situation.seen.routeTables.flatMap(({ routes }) =>
        routes.filter(({ target }) => target === wish.id).map(({ destination }) => destination),
      );
      return byMember([...new Set(routed)], wish.routes);
    },
    cases: [
      { of: 'added', fits: isAdded, kind: 'add', interrupts: noInterruption, aboutSeconds: 5 },
      { of: 'taken out', kind: 'change', interrupts: 'traffic with that block', aboutSeconds: 5 },
    ],
  },
  'network.s3GatewayEndpoint': {
    step: 'endpoints',
    source: 'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-s3.html',
    differences: ({ request, seen }) => {
      if (seen.vpcs.length === 0) return [];
      const stands = seen.endpoints.some(
        ({ type, tags }) => type === 'Gateway' && tags[componentTag] === s3GatewayComponent,
      );
      return oneValue(stands, request.network.s3GatewayEndpoint);
    },
    cases: [
      {
        of: 'on',
        fits: (_from, to) => to === true,
        kind: 'add',
        interrupts: 'connections to S3 that are open',
        aboutSeconds: 10,
      },
      { of: 'off', kind: 'change', interrupts: 'connections to S3 that are open', aboutSeconds: 10 },
    ],
  },
  'loadBalancer.ingress': {
    step: 'security-groups',
    source: ruleChange,
    differences: (situation) =>
      situation.seen.vpcs.length === 0 ? [] : byMember(rulesFound(situation), rulesAsked(situation)),
    cases: [
      { of: 'added', fits: isAdded, kind: 'add', interrupts: noInterruption, aboutSeconds: 5 },
      {
        of: 'taken out; with the last one the group goes, and while a load balancer has it that is refused',
        kind: 'change',
        interrupts: 'new connections from there',
        aboutSeconds: 5,
      },
    ],
  },
} satisfies Record<string, Row>;

function flowLogOf({ seen }: Situation) {
  return seen.flowLogs.find(({ tags }) => tags[componentTag] === flowLogComponent);
}

/** Where another destination, or none, is asked for, that says it all. */
function flowLogDifference(situation: Situation, field: 'roleArn' | 'trafficType'): FieldDifference[] {
  const [found, wish] = [flowLogOf(situation), situation.request.network.flowLogs];
  if (!found || !wish || destinationName(found.destination) !== destinationName(wish.destination)) return [];
  return oneValue(found[field], wish[field]);
}

/** The environment's own; whatever somebody else attached the VPC to is theirs. */
function attachmentOf({ seen }: Situation) {
  return seen.transitGatewayAttachments.find(({ tags }) => tags[componentTag] === transitGatewayComponent);
}

/** `tcp 443 from 0.0.0.0/0` */
function inWords(protocol: string, fromPort: number, toPort: number, source: string): string {
  if (protocol === '-1') return `everything from ${source}`;
  const ports = fromPort < 0 ? '' : fromPort === toPort ? ` ${fromPort}` : ` ${fromPort} to ${toPort}`;
  return `${protocol}${ports} from ${source}`;
}

function rulesAsked({ request }: Situation): string[] {
  return ingressRules(request.loadBalancer.ingress).map(({ protocol, fromPort, toPort, source }) =>
    inWords(protocol, fromPort, toPort, source),
  );
}

function rulesFound({ request, seen }: Situation): string[] {
  const name = names(request).loadBalancerSecurityGroup;
  const group = seen.securityGroups.find((each) => each.name === name);
  return (group?.ingress ?? []).flatMap(({ protocol, fromPort = -1, toPort = fromPort, cidrs, groupIds }) =>
    [...cidrs, ...groupIds].map((source) => inWords(protocol, fromPort, toPort, source)),
  );
}
