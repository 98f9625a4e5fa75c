import { createCipheriv, createDecipheriv, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { PortalError } from '../domain/errors.ts';
import { Secret } from '../domain/model/secret.ts';

/** A named AES-256 key: 32 bytes. The name is stored beside what it seals, so it must never be given to another key. */
export interface EncryptionKey {
  readonly id: string;
  readonly key: Uint8Array;
}

/**
 * Where a sealed value lives, e.g. `['tenants', 'acme', 'impersonation', 'https://acme.eu.qlikcloud.com']`.
 * It is authenticated with the value: copied to any other place, the value does not open.
 */
export type SealedPlace = readonly string[];

/** Encrypts secrets at rest. Stored form: `v1.<key id>.<base64url of nonce, ciphertext and tag>`. */
export interface Sealer {
  seal(secret: Secret, place: SealedPlace): string;
  /** @throws PortalError encryption_key_missing (names the key id), stored_secret_unreadable */
  open(sealed: string, place: SealedPlace): Secret;
  /** Whether it was sealed with the key that seals now. */
  isCurrent(sealed: string): boolean;
}

const ALGORITHM = 'aes-256-gcm';
// NIST SP 800-38D: 96 random bits are safe for 2^32 values under one key, far more than tenants have secrets.
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{38,})$/;

/** The first key seals, all of them open: that is how a key is replaced without a gap. */
export function createSealer(keys: readonly EncryptionKey[]): Sealer {
  // KeyObjects, because they print no bytes.
  const known = new Map(keys.map(({ id, key }) => [id, createSecretKey(key)]));
  const [first] = keys;

  return {
    seal(secret, place) {
      const key = first && known.get(first.id);
      if (!key)
        throw new PortalError('encryption_key_missing', { detail: 'no encryption key is configured' });
      return `v1.${first.id}.${encrypt(key, secret.reveal(), place).toString('base64url')}`;
    },

    isCurrent: (sealed) => SEALED.exec(sealed)?.[1] === first?.id,

    open(sealed, place) {
      const [, id, body] = SEALED.exec(sealed) ?? [];
      if (id === undefined || body === undefined) throw unreadable(place);
      const key = known.get(id);
      if (!key) throw new PortalError('encryption_key_missing', { detail: `key id ${id}` });
      try {
        return new Secret(decrypt(key, Buffer.from(body, 'base64url'), place));
      } catch (cause) {
        throw unreadable(place, cause);
      }
    },
  };
}

function encrypt(key: KeyObject, plain: string, place: SealedPlace): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(place));
  return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, body: Buffer, place: SealedPlace): string {
  const decipher = createDecipheriv(ALGORITHM, key, body.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(authenticated(place));
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const plain = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
  return Buffer.concat([plain, decipher.final()]).toString('utf8');
}

// A JSON tuple, because joined strings could be cut at other points: ['a', 'bc'] and ['ab', 'c'].
function authenticated(place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(place));
}

function unreadable(place: SealedPlace, cause?: unknown): PortalError {
  return new PortalError('stored_secret_unreadable', { detail: place.slice(0, 3).join(' / '), cause });
}
