/** What a handler file is to the bundler, the packaging and the runner. */
export interface Handler {
  /** `SecurityGroupsEnsure`: what `${…Arn}` in the state machines refers to. */
  readonly key: string;
  /** `security-groups-ensure`: its bundle, and the last part of the deployed name. */
  readonly name: string;
  /** `functions/security-groups/ensure.ts`, below the root of the project. */
  readonly path: string;
}

/** Every handler file, in the order of names. */
export function handlers(): Handler[];
