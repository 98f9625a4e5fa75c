interface ErrorDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

const DEPTH = 5;

/**
 * An error and its causes for the log: name, message, code and stack, and no other property, because libraries hang
 * whole requests, answers and bodies on their errors.
 */
export function describeError(thrown: unknown, depth = DEPTH): ErrorDescription {
  if (!(thrown instanceof Error)) return { name: 'NonError', message: typeof thrown };
  const { code } = thrown as Error & { readonly code?: unknown };
  return {
    name: thrown.name,
    message: thrown.message,
    ...(typeof code === 'string' && { code }),
    ...(thrown.stack !== undefined && { stack: thrown.stack }),
    ...(thrown.cause !== undefined && depth > 1 && { cause: describeError(thrown.cause, depth - 1) }),
  };
}
