/** Who a token speaks for, as far as the engine cares. */
export interface EngineIdentity {
  readonly user: EngineUser;
  readonly token: EngineToken;
}

export interface EngineUser {
  readonly id: string;
  readonly name: string;
  readonly assignedGroups: readonly { readonly name: string }[];
}

interface EngineToken {
  readonly clientId: string;
  /** Set on short-lived tokens from the token-exchange grant; absent on ordinary access tokens. */
  readonly purpose?: string | undefined;
}

/**
 * What the engine, the embed runtime and their REST need of a sandbox tenant. The tenant's state satisfies it
 * by shape, so this room depends on no other room of the sandbox.
 */
export interface EngineTenant {
  /** The tenant's short name, e.g. `acme`. */
  readonly name: string;
  readonly id: string;
  /** The tenant's origin, as `http://127.0.0.1:4001`. */
  readonly host: string;
  /** The identity behind a live token; undefined when it is unknown, expired, revoked, or its user may not sign in. */
  authenticate(token: string): EngineIdentity | undefined;
  /** Whether the client's `allowedOrigins` hold this browser origin. */
  originAllowed(origin: string, clientId: string): boolean;
}
