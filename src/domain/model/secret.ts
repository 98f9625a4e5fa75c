const REDACTED = '***';

/**
 * A value that must never be seen: it prints as `***` in strings, JSON and `console`/`util.inspect`.
 * `reveal()` is the only way in, so a search for it finds every place that handles the plain text.
 */
export class Secret {
  readonly #plain: string;

  constructor(plain: string) {
    this.#plain = plain;
  }

  reveal(): string {
    return this.#plain;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
