/** The client assertions already used, until they expire: each is good once (RFC 7523 section 3, `jti`). */
export class Assertions {
  readonly #expiryByKey = new Map<string, number>();
  readonly #now: () => number;

  constructor({ now }: { now: () => number }) {
    this.#now = now;
  }

  /** Marks it used; `false` when it was used before. `exp` is in seconds since 1970. */
  use({ clientId, jti, exp }: { clientId: string; jti: string; exp: number }): boolean {
    for (const [key, expiry] of this.#expiryByKey) if (expiry <= this.#now()) this.#expiryByKey.delete(key);
    const key = JSON.stringify([clientId, jti]);
    if (this.#expiryByKey.has(key)) return false;
    this.#expiryByKey.set(key, exp * 1000);
    return true;
  }
}
