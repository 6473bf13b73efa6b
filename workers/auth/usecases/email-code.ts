import { fail, ok, type Result } from '#shared/domain/result.ts';
import { equalBytes, randomBytes } from '#shared/crypto/bytes.ts';
import { EMAIL_CODE_DIGITS, EMAIL_CODE_TRIES, EMAIL_CODE_TTL_MS } from '../limits.ts';
import { emailCodeMail, noAccountMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';
import { limit, limitByAddress, ownerWasHere } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { EMAIL_AMR } from './proof.ts';
import { owedFor } from './send-mail.ts';

/**
 * Mails a code to sign in with: a way back for whoever lost their passkey or password. It shows no factor. Known and
 * unknown addresses get the same work, and one mail each.
 */
export async function requestEmailCode(
  ports: AuthPorts,
  caller: Caller,
  { email }: { email: string },
): Promise<Result<null, AuthError>> {
  const emailIndex = ports.emailIndex.current(email);
  const limited = await limit(ports, caller, 'mail', emailIndex, 'email_code');
  if (!limited.ok) return limited;
  const found = await ports.accounts.byEmail(ports.emailIndex.all(email));
  const account = found?.status === 'active' ? found : null;
  const code = newCode();
  const text = account === null ? noAccountMail(ports.origin) : emailCodeMail(code);
  const mail = owedFor(ports, caller, email, text, EMAIL_CODE_TTL_MS);
  await ports.commit([
    ports.emailCodes.put({
      emailIndex,
      accountId: account?.id ?? null,
      codeHash: ports.codeHash.current(emailIndex, code),
      triesLeft: EMAIL_CODE_TRIES,
      expiresAt: ports.clock.now() + EMAIL_CODE_TTL_MS,
    }),
    mail.write,
    audited(ports, caller, {
      action: 'email_code.requested',
      outcome: 'success',
      actorId: null,
      subject: account?.id ?? emailIndex,
    }),
  ]);
  mail.send();
  return ok(null);
}

/** Evenly spread digits: 48 bits are many times more than eight of them. */
function newCode(): string {
  const number = randomBytes(6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(number % 10 ** EMAIL_CODE_DIGITS).padStart(EMAIL_CODE_DIGITS, '0');
}

/** Redeems it, once. The account's second factor is still asked for. */
export async function signInByEmailCode(
  ports: AuthPorts,
  caller: Caller,
  input: { email: string; code: string },
): Promise<Result<SignedIn, AuthError>> {
  const limited = await limitByAddress(ports, caller, 'password.address');
  if (!limited.ok) return limited;
  const sent = await ports.emailCodes.takeTry(ports.emailIndex.all(input.email), ports.clock.now());
  const isRight =
    sent !== null &&
    ports.codeHash.all(sent.emailIndex, input.code).some((hash) => isSame(hash, sent.codeHash));
  const account = isRight && sent.accountId !== null ? await ports.accounts.byId(sent.accountId) : null;
  // Asked for while the address was changed: whoever reads the one before is nobody to this account.
  const isTheirs =
    account !== null && ports.emailIndex.all(openEmail(ports, account)).includes(sent?.emailIndex ?? '');
  const opened =
    sent === null || account === null || !isTheirs
      ? null
      : await openSession(ports, caller, {
          account,
          amr: EMAIL_AMR,
          writes: [
            ports.emailCodes.expectAlive(sent.emailIndex, sent.codeHash),
            ports.accounts.expectEmail(account.id, account.emailSealed),
            ports.emailCodes.consume(sent.emailIndex),
          ],
          audit: { action: 'sign_in', factor: 'email' },
        });
  if (sent !== null && opened !== null) {
    await ownerWasHere(ports, caller, sent.emailIndex);
    return ok(opened);
  }
  await ports.commit([
    audited(ports, caller, {
      action: 'sign_in',
      outcome: 'failure',
      actorId: null,
      subject: sent?.accountId ?? ports.emailIndex.current(input.email),
      factor: 'email',
    }),
  ]);
  return fail({ code: 'invalid_credentials' });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const isSame = (one: string, other: string): boolean => equalBytes(bytes(one), bytes(other));
