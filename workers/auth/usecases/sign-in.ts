import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { log } from '#shared/observability/log.ts';
import { OWNER_LINK_TTL_MS } from '../limits.ts';
import { guessingMail } from '../mails.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import { audited } from './audit.ts';
import type { AuthError } from './errors.ts';
import { openEmail } from './emails.ts';
import { limit, passwordWasRight, passwordWasWrong } from './limits.ts';
import { openSession, type SignedIn } from './open-session.ts';
import { newOwnerLink } from './owner-links.ts';
import { PASSWORD_AMR } from './proof.ts';
import { owedFor } from './send-mail.ts';

/**
 * Signs in by password. Limits are counted before the hash; an unknown, closed or password-less account costs the same
 * hash, the same reads and writes, and gets the same answer as a wrong password.
 */
export async function signIn(
  ports: AuthPorts,
  caller: Caller,
  input: { email: string; password: string },
): Promise<Result<SignedIn, AuthError>> {
  const emailIndex = ports.emailIndex.current(input.email);
  const limited = await limit(ports, caller, 'password', emailIndex, 'sign_in');
  if (!limited.ok) return limited;
  const account = await ports.accounts.byEmail(ports.emailIndex.all(input.email));
  const { matches, outdated } = await ports.hasher.verify(input.password, account?.phc ?? null);
  if (account === null || !matches || account.status !== 'active') {
    await recordFailure(ports, caller, emailIndex, account);
    return fail({ code: 'invalid_credentials' });
  }
  const rehashed = outdated ? await ports.hasher.hash(input.password) : null;
  const opened = await openSession(ports, caller, {
    account,
    amr: PASSWORD_AMR,
    writes: [
      ports.accounts.expectPassword(account.id, account.phc),
      ...(rehashed === null ? [] : [ports.accounts.rehash(account.id, rehashed)]),
    ],
    audit: { action: 'sign_in', factor: 'password' },
  });
  if (opened === null) return fail({ code: 'invalid_credentials' });
  await passwordWasRight(ports, caller, emailIndex, limited.value);
  return ok(opened);
}

/** The failure, and what it is a sign of. The owner of an account that is tried from many places is told. */
async function recordFailure(
  ports: AuthPorts,
  caller: Caller,
  emailIndex: string,
  account: AccountRow | null,
): Promise<void> {
  const signals = await passwordWasWrong(ports, caller, emailIndex);
  const failure = (action: string): Write =>
    audited(ports, caller, {
      action,
      outcome: 'failure',
      actorId: null,
      subject: account?.id ?? emailIndex,
      factor: 'password',
    });
  const isGuessed = signals.includes('many_networks') && account?.status === 'active';
  const warning = isGuessed ? guessingWarning(ports, caller, account) : null;
  const accountId = account?.id ?? null;
  const { network, requestId } = caller;
  await ports.commit([
    failure('sign_in'),
    ...signals.flatMap((kind) => [
      failure(`guessing.${kind}`),
      ports.guessingSignals.add({
        id: newId('guessingSignal'),
        kind,
        accountId,
        network,
        at: ports.clock.now(),
      }),
    ]),
    ...(warning?.writes ?? []),
  ]);
  warning?.send();
  if (signals.length > 0) log.error('passwords are being tried', { requestId, network, signals });
}

function guessingWarning(ports: AuthPorts, caller: Caller, account: AccountRow) {
  const { id } = account;
  const link = newOwnerLink(ports, {
    purpose: 'not_me',
    accountId: id,
    email: null,
    ttlMs: OWNER_LINK_TTL_MS,
  });
  const text = guessingMail(ports.origin, link.token);
  const mail = owedFor(ports, caller, openEmail(ports, account), text, OWNER_LINK_TTL_MS);
  return { writes: [ports.ownerLinks.add(link.row), mail.write], send: () => mail.send() };
}
