import { createHmac, randomBytes } from 'node:crypto';
import { newObjectId } from './ids.ts';

/** Whose token it is and how it came to be: a client's own, a user's by impersonation, or one made for a URL. */
type TokenKind = 'client' | 'impersonation' | 'exchanged' | 'helper';

/** An issued access token; times are ms since 1970 on the tenant's true clock. */
export interface AccessToken {
  readonly id: string;
  readonly value: string;
  readonly kind: TokenKind;
  readonly tenantId: string;
  readonly userId: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly issuedAt: number;
  readonly purpose?: string;
  /** The token this one was exchanged from: when that one dies, so does this. */
  readonly parentId?: string;
  expiresAt: number;
  lastUsedAt?: number;
}

export interface NewToken {
  kind: TokenKind;
  userId: string;
  clientId: string;
  scopes: readonly string[];
  lifetimeSeconds: number;
  purpose?: string;
  parentId?: string;
}

/** The live access tokens of one tenant. A token that is not here is worth nothing. */
export class Tokens {
  readonly #byValue = new Map<string, AccessToken>();
  readonly #byId = new Map<string, AccessToken>();
  readonly #idsByUser = new Map<string, Set<string>>();
  readonly #key = randomBytes(32);
  readonly #tenantId: string;
  readonly #now: () => number;

  constructor({ tenantId, now }: { tenantId: string; now: () => number }) {
    this.#tenantId = tenantId;
    this.#now = now;
  }

  issue({ lifetimeSeconds, ...rest }: NewToken): AccessToken {
    const issuedAt = this.#now();
    const claims = { id: newObjectId(), tenantId: this.#tenantId, issuedAt, ...rest };
    const token: AccessToken = {
      ...claims,
      value: this.#sign(claims, lifetimeSeconds),
      expiresAt: issuedAt + lifetimeSeconds * 1000,
    };
    this.#byValue.set(token.value, token);
    this.#byId.set(token.id, token);
    const ofUser = this.#idsByUser.get(token.userId) ?? new Set();
    this.#idsByUser.set(token.userId, ofUser.add(token.id));
    return token;
  }

  /** The token if it is still good. */
  live(value: string): AccessToken | undefined {
    const token = this.#byValue.get(value);
    return token && this.#alive(token) ? token : undefined;
  }

  byId(id: string): AccessToken | undefined {
    const token = this.#byId.get(id);
    return token && this.#alive(token) ? token : undefined;
  }

  /** Live tokens of one user, or of everyone, oldest first. */
  list(userId?: string): AccessToken[] {
    const ids = userId === undefined ? this.#byId.keys() : (this.#idsByUser.get(userId) ?? []);
    return [...ids].map((id) => this.byId(id)).filter((token) => token !== undefined);
  }

  revoke(token: AccessToken): void {
    this.#byValue.delete(token.value);
    this.#byId.delete(token.id);
    const ofUser = this.#idsByUser.get(token.userId);
    ofUser?.delete(token.id);
    if (ofUser?.size === 0) this.#idsByUser.delete(token.userId);
  }

  revokeAllOf({ userId, clientId }: { userId?: string; clientId?: string }): number {
    const doomed = this.list(userId).filter((token) => clientId === undefined || token.clientId === clientId);
    for (const token of doomed) this.revoke(token);
    return doomed.length;
  }

  #alive(token: AccessToken): boolean {
    if (token.expiresAt <= this.#now()) {
      this.revoke(token);
      return false;
    }
    if (token.parentId === undefined) return true;
    return this.byId(token.parentId) !== undefined;
  }

  /** A JWT, since Qlik's tokens are; but the table above, not the signature, says whether it is good. */
  #sign(claims: Omit<AccessToken, 'value' | 'expiresAt'>, lifetimeSeconds: number): string {
    const iat = Math.floor(claims.issuedAt / 1000);
    const payload = {
      iss: 'sandbox',
      sub: claims.userId,
      subType: 'user',
      tenantId: claims.tenantId,
      jti: claims.id,
      scopes: claims.scopes,
      iat,
      exp: iat + lifetimeSeconds,
    };
    const signed = [{ alg: 'HS256', typ: 'JWT' }, payload]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${signed}.${createHmac('sha256', this.#key).update(signed).digest('base64url')}`;
  }
}
