/** Availability Zones by region. A zone's name is an alias of this account; its id is the place. */
export interface ZoneFacts {
  readonly name: string;
  readonly id: string;
  readonly type: 'availability-zone' | 'local-zone';
}

/**
 * The zone numbers behind the letters a, b, c, …: everywhere else the three of `otherRegions`. The order is
 * not that of the letters, so that whoever takes a name for a place is found out. us-east-1 has use1-az3,
 * where EKS places no control plane; us-west-1 shows two zones only; ap-northeast-1 has
 * apne1-az3, where EC2 makes no NAT gateway, as older accounts see it.
 */
const numbersByRegion: Readonly<Record<string, readonly number[]>> = {
  'us-east-1': [2, 3, 1, 4, 5, 6],
  'us-west-1': [3, 1],
  'us-west-2': [2, 1, 3, 4],
  'ca-central-1': [1, 3, 2, 4],
  'ap-northeast-1': [3, 4, 1, 2],
  'ap-northeast-2': [1, 2, 3, 4],
};
const otherRegions: readonly number[] = [2, 3, 1];

/** Local Zones this account has opted into. */
const localZones: Readonly<Record<string, readonly { city: string; number: number }[]>> = {
  'us-east-1': [{ city: 'bos', number: 1 }],
  'us-west-2': [{ city: 'lax', number: 1 }],
  'eu-central-1': [{ city: 'ham', number: 1 }],
};

const directions: Readonly<Record<string, string>> = {
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
};

/** `eu-central-1` -> `euc1`, `ap-southeast-2` -> `apse2`, `us-gov-west-1` -> `usgw1`. */
export function zoneIdPrefix(region: string): string {
  const parts = region.split('-');
  return parts
    .map((part, index) => (index === 0 || /^\d/.test(part) ? part : (directions[part] ?? part.slice(0, 1))))
    .join('');
}

/** Every zone of the region, Local Zones included, in the order of their names. */
export function zonesOf(region: string): readonly ZoneFacts[] {
  const prefix = zoneIdPrefix(region);
  const ordinary = (numbersByRegion[region] ?? otherRegions).map(
    (number, index): ZoneFacts => ({
      name: `${region}${'abcdef'[index]}`,
      id: `${prefix}-az${number}`,
      type: 'availability-zone',
    }),
  );
  const local = (localZones[region] ?? []).map(
    ({ city, number }): ZoneFacts => ({
      name: `${region}-${city}-${number}a`,
      id: `${prefix}-${city}${number}-az1`,
      type: 'local-zone',
    }),
  );
  return [...ordinary, ...local];
}
