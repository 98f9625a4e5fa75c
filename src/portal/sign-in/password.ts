import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { PortalError } from '../../domain/errors.ts';
import type { Secret } from '../../domain/model/secret.ts';
import {
  createPasswordQueue,
  type PasswordQueue,
  type PasswordQueueLimits,
  type SlotGranted,
} from './password-queue.ts';
import { formatPhc, parsePhc, type Argon2Parameters } from './password-phc.ts';

export interface PasswordHasher {
  /**
   * For passwords that come from the network: see {@link PasswordQueue}. Pass its slot to what hashes there; work without
   * a slot waits in a queue that all others share.
   */
  readonly inQueue: PasswordQueue;
  /**
   * A PHC string, e.g. `$argon2id$v=19$m=19456,t=2,p=1$…`.
   * @throws PortalError invalid_request (empty, too long, not Unicode), too_many_attempts
   */
  hash(password: Secret, granted?: SlotGranted): Promise<string>;
  /**
   * Without a hash it works as long as with one, and answers false.
   * @throws PortalError invalid_request, too_many_attempts, internal_error (the hash is unreadable)
   */
  verify(password: Secret, hash: string | undefined, granted?: SlotGranted): Promise<boolean>;
  /** Whether the hash has other parameters than a new one would have. */
  needsRehash(hash: string): boolean;
}

/** OWASP's and RFC 9106's smaller setting: 19 MiB, two passes. About 20 ms of one core. */
const PARAMETERS: Argon2Parameters = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;
/** NIST SP 800-63B-4 asks for 64 at least. In code points, after NFC. */
export const MAX_PASSWORD_LENGTH = 128;
// Far above what NFC could shorten to 128 code points: it keeps megabytes from being normalised at all.
const MAX_CODE_UNITS = MAX_PASSWORD_LENGTH * 16;

const deriveTag = promisify(argon2);

/** A flood of sign-ins waits here: it takes half of the processor and 20 MB for each hash, never more. */
function defaultQueueLimits(): PasswordQueueLimits {
  // Three at most, because libuv has four threads, and files and names are looked up on them as well.
  const concurrent = Math.min(3, Math.max(1, Math.floor(availableParallelism() / 2)));
  // About six seconds' worth: people rather wait than are refused, and pages give up after twenty.
  return { concurrent, waiting: concurrent * 300, retryAfterS: 5 };
}

export function createPasswordHasher(
  options: { readonly parameters?: Argon2Parameters; readonly limits?: PasswordQueueLimits } = {},
): PasswordHasher {
  const { parameters = PARAMETERS, limits = defaultQueueLimits() } = options;
  const inQueue = createPasswordQueue(limits);
  const decoy = { parameters, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) };

  function whenGranted<Result>(
    granted: SlotGranted | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    return granted === undefined ? inQueue('', (own) => own.then(work)) : granted.then(work);
  }

  return {
    inQueue,

    async hash(password, granted) {
      const message = encoded(password);
      const salt = randomBytes(SALT_BYTES);
      const tag = await whenGranted(granted, () =>
        derive(message, { parameters, salt, tagLength: TAG_BYTES }),
      );
      return formatPhc({ parameters, salt, tag });
    },

    async verify(password, hash, granted) {
      const message = encoded(password);
      const stored = hash === undefined ? decoy : parsePhc(hash);
      if (!stored)
        throw new PortalError('internal_error', { detail: 'the stored password hash is unreadable' });
      const tag = await whenGranted(granted, () =>
        derive(message, { ...stored, tagLength: stored.tag.length }),
      );
      return timingSafeEqual(tag, stored.tag) && stored !== decoy;
    },

    needsRehash(hash) {
      const used = parsePhc(hash)?.parameters;
      return (
        used?.memory !== parameters.memory ||
        used.passes !== parameters.passes ||
        used.parallelism !== parameters.parallelism
      );
    },
  };
}

function derive(
  message: Buffer,
  used: { readonly parameters: Argon2Parameters; readonly salt: Buffer; readonly tagLength: number },
): Promise<Buffer> {
  const { parameters, salt, tagLength } = used;
  return deriveTag('argon2id', { message, nonce: salt, tagLength, ...parameters });
}

function encoded(password: Secret): Buffer {
  const characters = charactersOf(password);
  if (characters === undefined) throw refusal(`the password has more than ${MAX_PASSWORD_LENGTH} characters`);
  if (characters.length === 0) throw refusal('the password is empty');
  return Buffer.from(characters.join(''), 'utf8');
}

/**
 * One spelling for one password, whatever keyboard it came from (NIST SP 800-63B-4 section 3.1.1.2: NFC), by code
 * point; undefined where it is too long.
 * @throws PortalError invalid_request (not Unicode)
 */
export function charactersOf(password: Secret): readonly string[] | undefined {
  const plain = password.reveal();
  // Lone surrogates would all become the same replacement character, and two passwords one.
  if (!plain.isWellFormed()) throw refusal('the password is not well-formed Unicode');
  if (plain.length > MAX_CODE_UNITS) return undefined;
  const characters = Array.from(plain.normalize('NFC'));
  return characters.length > MAX_PASSWORD_LENGTH ? undefined : characters;
}

function refusal(detail: string): PortalError {
  return new PortalError('invalid_request', { detail });
}
