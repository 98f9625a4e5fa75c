/** One secret at rest, looked at while the encryption key is replaced. */
export interface ResealedSecret {
  readonly tenantId: string;
  readonly column: string;
  /** `failed`: no configured key opens it. */
  readonly status: 'resealed' | 'current' | 'failed';
}

/** All stored secrets, for the rotation of encryption keys. */
export interface SealedSecrets {
  /** Name of the key that seals now. */
  readonly keyId: string;
  /**
   * Seals what is not yet sealed with that key, one secret at a time; a run that stopped early is resumed by another call.
   * A secret that is replaced meanwhile is never overwritten.
   */
  reseal(): AsyncIterable<ResealedSecret>;
}
