import type { DemoUser } from '../demo/furnish-tenant.ts';

/** The cookie of a fresh session. */
export async function signIn(origin: string, { email, password }: DemoUser): Promise<string> {
  const answer = await sendPassword(origin, { email, password });
  const [cookie] = answer.headers.getSetCookie();
  if (!answer.ok || cookie === undefined) throw new Error(`sign-in answered ${answer.status}`);
  return cookie.split(';', 1)[0] ?? '';
}

/** The status of a sign-in with a wrong password. */
export async function guess(origin: string, email: string): Promise<number> {
  const { status } = await sendPassword(origin, { email, password: 'wrong' });
  return status;
}

function sendPassword(origin: string, credentials: Pick<DemoUser, 'email' | 'password'>): Promise<Response> {
  return fetch(`${origin}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(credentials),
  });
}

export function askForToken(origin: string, cookie: string): Promise<Response> {
  return fetch(`${origin}/api/qlik-token`, { headers: { Cookie: cookie }, redirect: 'manual' });
}

export async function signOut(origin: string, cookie: string): Promise<number> {
  const answer = await fetch(`${origin}/logout`, {
    method: 'POST',
    headers: { Cookie: cookie, Accept: 'application/json' },
    redirect: 'manual',
  });
  return answer.status;
}
