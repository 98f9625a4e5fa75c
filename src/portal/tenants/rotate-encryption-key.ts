import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { ResealedSecret, SealedSecrets } from '../../domain/ports/sealed-secrets.ts';
import { record } from '../audit.ts';

export interface KeyRotation {
  /** The key that all secrets are encrypted with now. */
  readonly keyId: string;
  readonly resealed: number;
  /** Were encrypted with it before. */
  readonly current: number;
  /** Those that no configured key decrypts. */
  readonly failed: readonly ResealedSecret[];
}

/**
 * Encrypts every stored secret with the newest encryption key. Running portals read both kinds meanwhile. A run that
 * was stopped is completed by the next one.
 *
 * @throws PortalError storage_unavailable
 */
export async function rotateEncryptionKey(
  { sealedSecrets, audit }: { sealedSecrets: SealedSecrets; audit: AuditLog },
  { actor, progress = () => undefined }: { actor: string; progress?: (secret: ResealedSecret) => void },
): Promise<KeyRotation> {
  const { keyId } = sealedSecrets;
  const failed: ResealedSecret[] = [];
  const counts = { resealed: 0, current: 0, failed: 0 };
  for await (const secret of sealedSecrets.reseal()) {
    counts[secret.status] += 1;
    if (secret.status === 'failed') failed.push(secret);
    progress(secret);
  }
  await record({ audit, actor }, 'keys.rotate', { keyId, ...counts });
  return { keyId, resealed: counts.resealed, current: counts.current, failed };
}
