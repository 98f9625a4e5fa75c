/**
 * The request that something is done for. Absent where the portal acts by itself or for a command: giving a token
 * back after a sign-out, reconcile, housekeeping. What is done ahead for everybody names the request that set it off.
 */
export interface RequestSource {
  readonly address: string;
  readonly requestId: string;
}
