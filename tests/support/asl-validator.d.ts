declare module 'asl-validator' {
  /** Validates an Amazon States Language definition. */
  export default function aslValidator(
    definition: object,
    options?: { checkArn?: boolean; checkPaths?: boolean },
  ): { isValid: boolean; errorsText: (separator?: string) => string };
}
