import type { Command } from 'commander';
import { rotateEncryptionKey, type KeyRotation } from '../portal/tenants/rotate-encryption-key.ts';
import { work } from './command.ts';
import type { CliContext } from './context.ts';
import { EXIT } from '../domain/exit-codes.ts';
import { globalOptions } from './options.ts';
import { show } from './console/output.ts';

export function register(program: Command, context: CliContext): void {
  const keys = program.command('keys').description('the keys that encrypt stored secrets');
  const rotate = keys
    .command('rotate')
    .description('encrypt every stored secret with the first key of ENCRYPTION_KEYS; safe to run again')
    .addHelpText(
      'after',
      '\nPut the new key first in ENCRYPTION_KEYS and keep the old behind it, restart the portal everywhere, run this,\n' +
        'and only then remove the old key.',
    );
  work(rotate, globalOptions, async (input) => {
    const { terminal, actor } = context;
    const { storage } = await context.portal();
    const result = await rotateEncryptionKey(storage, {
      actor,
      progress: ({ tenantId, column, status }) =>
        input.json || terminal.err(`${tenantId}: ${column} ${status}`),
    });
    if (result.failed.length > 0) context.exitWith(EXIT.found);
    show(terminal, input, { data: result, text: rotationText });
  });
}

function rotationText({ keyId, resealed, current, failed }: KeyRotation): string {
  const done = `key ${keyId}: ${resealed} secrets encrypted anew, ${current} were already`;
  if (failed.length === 0) return `${done}; the other keys can be removed from ENCRYPTION_KEYS`;
  const places = failed.map(({ tenantId, column }) => `${tenantId} (${column})`).join(', ');
  return `${done}\nno configured key opens: ${places}; put the key back that they were encrypted with`;
}
