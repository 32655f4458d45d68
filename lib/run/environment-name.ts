/** What an environment may be called. */

export const maxEnvironmentNameLength = 20;

/** What a request may call an environment. Nothing else was ever made, so nothing else is ever removed. */
export const environmentNamePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

export function isEnvironmentName(text: string): boolean {
  return text.length <= maxEnvironmentNameLength && environmentNamePattern.test(text);
}
