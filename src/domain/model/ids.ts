declare const brand: unique symbol;
type Branded<Value, Name extends string> = Value & { readonly [brand]: Name };

/** The portal's own name for a customer, chosen by ops: lower case letters, digits and hyphens, e.g. `acme`. */
export type TenantId = Branded<string, 'TenantId'>;
/** A portal account: a random UUID (RFC 9562, version 4). */
export type AccountId = Branded<string, 'AccountId'>;
/** A user of a Qlik Cloud tenant, e.g. `6422bad8022070c06d2417bc`. */
export type QlikUserId = Branded<string, 'QlikUserId'>;

const TENANT_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
// Qlik documents 24 hex digits, and older tenants answer with other URL-safe ids: the portal only refuses
// what could not be an id at all (empty, spaces, quotes, control characters).
const QLIK_USER_ID = /^[A-Za-z0-9_-]{1,64}$/;

export function isTenantId(text: string): text is TenantId {
  return TENANT_ID.test(text);
}

export function isAccountId(text: string): text is AccountId {
  return UUID.test(text);
}

export function newAccountId(): AccountId {
  const id: string = crypto.randomUUID();
  if (!isAccountId(id)) throw new Error('randomUUID returned no UUID');
  return id;
}

export function isQlikUserId(text: string): text is QlikUserId {
  return QLIK_USER_ID.test(text);
}
