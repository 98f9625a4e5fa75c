import { PortalError } from '../../domain/errors.ts';

/** A row that the tables do not admit. Stores turn it into what it means to their callers. */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation';
  readonly constraint: 'unique' | 'foreign key';

  constructor(constraint: 'unique' | 'foreign key', cause: unknown) {
    super(`${constraint} constraint`, { cause });
    this.constraint = constraint;
  }
}

type Meanings = Partial<
  Record<ConstraintViolation['constraint'], readonly ['conflict' | 'not_found', string]>
>;

/** For `catch`: throws a violation as the code and detail that it means to the caller, any other error unchanged. */
export function violationMeans(meanings: Meanings): (error: unknown) => never {
  return (cause) => {
    const meaning = cause instanceof ConstraintViolation ? meanings[cause.constraint] : undefined;
    if (meaning === undefined) throw cause;
    const [code, detail] = meaning;
    throw new PortalError(code, { detail, cause });
  };
}
