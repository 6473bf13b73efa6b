import { randomBytes } from 'node:crypto';
import { api, ApiError, poll } from './api.ts';
import type { Addresses } from './local-settings.ts';

export interface SignIn {
  email: string;
  password: string;
}
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  user: { id: string; email: string; roles: string[] };
}
interface MailboxPage {
  items: { id: string; subject: string; text: string }[];
}

export const signIn = (origin: string, who: SignIn): Promise<Tokens> =>
  api<Tokens>(origin, 'POST /v1/auth/sign-in', { body: { email: who.email, password: who.password } });

/** The newest mail to an address whose subject or text matches; waits for it to arrive. */
export function mailTo(sandboxOrigin: string, to: string, pattern: RegExp): Promise<RegExpExecArray> {
  return poll(`a mail to ${to}`, 20, async () => {
    const page = await api<MailboxPage>(sandboxOrigin, `GET /mailbox/messages?to=${encodeURIComponent(to)}`);
    return (
      page.items
        .map((mail) => pattern.exec(`${mail.subject}\n${mail.text}`))
        .find((match) => match !== null) ?? null
    );
  });
}

/** Signs in, or signs up through the mailbox first when there is no such account yet. */
export async function ensureAccount(at: Addresses, who: SignIn): Promise<Tokens> {
  try {
    return await signIn(at.origin, who);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  return signUp(at, who);
}

/** Signs up with a password: the address proves itself by the link in its mail. Each from a network address of its own. */
export async function signUp(at: Addresses, who: SignIn): Promise<Tokens> {
  const headers = { 'cf-connecting-ip': `10.${[...randomBytes(3)].join('.')}` };
  await api(at.origin, 'POST /v1/auth/sign-up', { body: { email: who.email }, headers });
  const [, token] = await mailTo(at.sandboxOrigin, who.email, /verify-email\?token=([\w-]+)/);
  return api<Tokens>(at.origin, 'POST /v1/auth/verify-email', { body: { token, password: who.password } });
}
