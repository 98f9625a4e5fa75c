import { expect, onTestFinished, test } from 'vitest';
import { startPortal } from '../support/portal.ts';

async function strictPortal(env: Readonly<Record<string, string>>) {
  const portal = await startPortal({ env });
  onTestFinished(() => portal.close());
  const signIn = (email: string, address = '203.0.113.7') =>
    portal.request.post('/login').set('X-Forwarded-For', address).send({ email, password: 'a wrong one' });
  const lockouts = () => portal.storage.audit.read({ action: 'sign-in.lockout' });
  return { portal, signIn, lockouts };
}

test('an account that is paused is on record once, with whose it is and from where', async () => {
  const { portal, signIn, lockouts } = await strictPortal({
    SIGN_IN_ATTEMPTS_PER_ACCOUNT: '4',
    TRUST_PROXY: '1',
  });
  const { account } = await portal.addUser(await portal.addTenant());
  for (let index = 0; index < 6; index += 1) await signIn(account.email);
  const [event, ...others] = await lockouts();
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    result: 'failed',
    actor: 'unknown',
    userId: account.id,
    tenantId: account.tenantId,
    address: '203.0.113.7',
    requestId: expect.any(String) as string,
    detail: { of: 'account' },
  });
});

test('an e-mail without an account is paused the same, and is in no record', async () => {
  const { portal, signIn, lockouts } = await strictPortal({
    SIGN_IN_ATTEMPTS_PER_ACCOUNT: '4',
    TRUST_PROXY: '1',
  });
  portal.hide('nobody@acme.example');
  for (let index = 0; index < 6; index += 1) await signIn('nobody@acme.example');
  const events = await lockouts();
  expect(events).toHaveLength(1);
  expect(JSON.stringify(events)).not.toContain('nobody');
});

test('an address that is paused is on record once, whatever it tries', async () => {
  const { signIn, lockouts } = await strictPortal({ SIGN_IN_ATTEMPTS_PER_ADDRESS: '3', TRUST_PROXY: '1' });
  for (let index = 0; index < 8; index += 1) await signIn(`person-${index}@acme.example`);
  await signIn('other@acme.example', '198.51.100.9');
  expect(await lockouts()).toMatchObject([
    { address: '203.0.113.7', requestId: expect.any(String) as string, detail: { of: 'address' } },
  ]);
});
