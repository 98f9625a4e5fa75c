import type { DemoUser } from '../demo/add-customer.ts';

/** The cookie of a fresh session. */
export async function signIn(origin: string, user: DemoUser): Promise<string> {
  return cookieOf(await sendPassword(origin, user));
}

/** Of the session that the answer to a sign-in began. */
export function cookieOf(answer: Response): string {
  const [cookie] = answer.headers.getSetCookie();
  if (!answer.ok || cookie === undefined) throw new Error(`sign-in answered ${answer.status}`);
  return cookie.split(';', 1)[0] ?? '';
}

/** The status of a sign-in with a wrong password. */
export async function guess(origin: string, email: string): Promise<number> {
  const { status } = await sendPassword(origin, { email, password: 'wrong' });
  return status;
}

export function sendPassword(
  origin: string,
  { email, password }: Pick<DemoUser, 'email' | 'password'>,
): Promise<Response> {
  return fetch(`${origin}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ email, password }),
  });
}

export function askForToken(origin: string, cookie: string): Promise<Response> {
  return fetch(`${origin}/api/qlik-token`, { headers: { Cookie: cookie }, redirect: 'manual' });
}

export function signOut(origin: string, cookie: string): Promise<Response> {
  return fetch(`${origin}/logout`, {
    method: 'POST',
    headers: { Cookie: cookie, Accept: 'application/json' },
    redirect: 'manual',
  });
}
