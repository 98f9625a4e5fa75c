import { PortalError } from '../../domain/errors.ts';
import type { TenantMember } from '../../domain/model/tenant-member.ts';
import type { Secret } from '../../domain/model/secret.ts';
import { charactersOf } from '../sign-in/password.ts';

/** NIST SP 800-63B-4 section 3.1.1.2, for a password that is the only factor. In code points, after NFC. */
const MIN_PASSWORD_LENGTH = 15;
/** Estimated guesses below which a password is refused: what a patient guesser tries online (zxcvbn's score 3). */
const FEWEST_GUESSES_LOG10 = 8;
// More characters never lower the estimate, and it takes longer than linearly.
const ESTIMATED_LENGTH = 64;

/**
 * Judges a new password: its length, and how easily it is guessed by who knows the common passwords, patterns and the
 * person. No rules of composition, no expiry.
 * @throws PortalError password_too_short, password_too_long, password_guessable, invalid_request (not Unicode)
 */
export type PasswordPolicy = (password: Secret, member: TenantMember) => Promise<void>;

export function createPasswordPolicy(): PasswordPolicy {
  let estimator: Promise<Estimate> | undefined;
  return async (password, member) => {
    const characters = charactersOf(password);
    if (characters === undefined) throw new PortalError('password_too_long');
    if (characters.length < MIN_PASSWORD_LENGTH) throw new PortalError('password_too_short');
    estimator ??= loadEstimator();
    const estimate = await estimator;
    const guesses = estimate(characters.slice(0, ESTIMATED_LENGTH).join(''), wordsAbout(member));
    if (guesses < FEWEST_GUESSES_LOG10) throw new PortalError('password_guessable');
  };
}

/** The logarithm of how many guesses a password withstands, by who also tries these words. */
type Estimate = (password: string, words: string[]) => number;

/** Its dictionaries take half a second and some 40 MB: a portal that only verifies passwords does without. */
async function loadEstimator(): Promise<Estimate> {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ]);
  const zxcvbn = new ZxcvbnFactory({
    dictionary,
    graphs: adjacencyGraphs,
    useLevenshteinDistance: false,
    maxLength: ESTIMATED_LENGTH * 2,
  });
  return (password, words) => zxcvbn.check(password, words).guessesLog10;
}

/** What a guesser who knows the person tries first. */
function wordsAbout({ account, tenant }: TenantMember): string[] {
  const texts = [account.email, account.name, tenant.name, tenant.id, new URL(tenant.host).hostname];
  const parts = texts.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u));
  const words = new Set([...texts, ...parts].map((word) => word.toLowerCase()));
  return [...words].filter((word) => word.length > 2);
}
