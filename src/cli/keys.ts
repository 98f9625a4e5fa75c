import type { Command } from 'commander';
import type { KeyRotation } from '../portal/tenants/rotate-encryption-key.ts';
import { work } from './command.ts';
import { EXIT } from '../domain/exit-codes.ts';
import { show } from './console/output.ts';
import type { CliContext } from './context.ts';
import { globalOptions } from './options.ts';

export function register(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('keys that encrypt stored secrets');
  const rotate = keys
    .command('rotate')
    .description('encrypt every stored secret with the first key of ENCRYPTION_KEYS; idempotent')
    .addHelpText(
      'after',
      '\nPut the new key first in ENCRYPTION_KEYS, keep the old one after it, restart all portals, run this command,\n' +
        'then remove the old key.',
    );
  work(rotate, globalOptions, async (input) => {
    const { terminal, actor } = context;
    const portal = await context.administration();
    const result = await portal.rotateEncryptionKey({
      actor,
      progress: ({ tenantId, column, status }) =>
        input.json || terminal.err(`${tenantId}: ${column} ${status}`),
    });
    if (result.failed.length > 0) context.exitWith(EXIT.found);
    show(terminal, input, { data: result, text: rotationText });
  });
}

function rotationText({ keyId, resealed, current, failed }: KeyRotation): string {
  const done = `key ${keyId}: ${resealed} secrets encrypted again, ${current} used it already`;
  if (failed.length === 0) return `${done}; the other keys can be removed from ENCRYPTION_KEYS`;
  const places = failed.map(({ tenantId, column }) => `${tenantId} (${column})`).join(', ');
  return `${done}\nno configured key decrypts: ${places}; add the key that encrypted them`;
}
