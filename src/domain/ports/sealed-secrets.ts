/** One secret at rest, looked at while the encryption key is replaced. */
export interface ResealedSecret {
  readonly tenantId: string;
  readonly column: string;
  /** `failed`: no configured key opens it. */
  readonly status: 'resealed' | 'current' | 'failed';
}

/** The stored secrets as such, whatever they open. */
export interface SealedSecrets {
  /** Name of the key that seals now. */
  readonly keyId: string;
  /**
   * Seals what is not yet sealed with that key, one secret at a time; whoever stops early goes on by asking again.
   * A secret that is replaced meanwhile is never overwritten.
   */
  reseal(): AsyncIterable<ResealedSecret>;
}
