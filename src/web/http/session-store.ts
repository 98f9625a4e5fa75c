import { PortalError } from '../../domain/errors.ts';

/**
 * The result of a call to express-session or its store.
 * @throws PortalError storage_unavailable
 */
export function fromStore<Result = void>(
  call: (done: (error?: unknown, result?: Result | null) => void) => void,
): Promise<Result | undefined> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      // Stores say "no error" with null or undefined.
      if (error === undefined || error === null) resolve(result ?? undefined);
      else reject(storageFault(error));
    });
  });
}

export function storageFault(error: unknown): PortalError {
  return error instanceof PortalError ? error : new PortalError('storage_unavailable', { cause: error });
}
