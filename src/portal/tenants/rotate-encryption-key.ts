import type { AuditLog } from '../../domain/ports/audit-log.ts';
import type { ResealedSecret, SealedSecrets } from '../../domain/ports/sealed-secrets.ts';
import { record } from '../audit.ts';

export interface KeyRotation {
  /** The key that everything is sealed with now. */
  readonly keyId: string;
  readonly resealed: number;
  /** Were sealed with it before. */
  readonly current: number;
  /** Those that no configured key opens. */
  readonly failed: readonly ResealedSecret[];
}

/**
 * Seals every stored secret with the newest encryption key. Portals go on reading both kinds meanwhile, so nothing
 * has to stop for it; stopped half-way, the next run does the rest. Codes: storage_unavailable.
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
