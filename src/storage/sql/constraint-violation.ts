/** A row that the tables do not admit. Stores turn it into what it means to their callers. */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation';
  readonly constraint: 'unique' | 'foreign key';

  constructor(constraint: 'unique' | 'foreign key', cause: unknown) {
    super(`${constraint} constraint`, { cause });
    this.constraint = constraint;
  }
}

export function violates(constraint: ConstraintViolation['constraint'], error: unknown): boolean {
  return error instanceof ConstraintViolation && error.constraint === constraint;
}
