import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { parseRefreshToken, successorOf, type RefreshToken } from '../crypto/refresh-token.ts';
import { openWithToken, sealForToken } from '#shared/crypto/sealing.ts';
import { REFRESH_REPLAY_MS, SESSION_IDLE_MS } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { ClientRow, ProvenClient } from '../oauth/queries/clients.ts';
import type { Membership } from '../organisations/queries/organisations.ts';
import type { LiveSession } from '../queries/sessions.ts';
import { audited } from './audit.ts';
import type { AuthError } from './errors.ts';
import { owedNotice } from './send-mail.ts';
import { tokensFor, type Tokens } from './open-session.ts';

/**
 * Exchanges a refresh token of our own pages for its successor. The access token acts for the organisation that is named,
 * if the person is in it now; each exchange names it anew. Of one they are not in, nothing is used up.
 */
export async function refresh(
  ports: AuthPorts,
  caller: Caller,
  input: { refreshToken: string; organisationId: string | null },
): Promise<Result<Tokens, AuthError>> {
  const { organisationId } = input;
  const holder = { client: null, jkt: null, organisationId };
  const rotated = await rotateFamily(ports, caller, input.refreshToken, holder);
  if (!rotated.ok) return rotated;
  const { live, refreshToken, membership } = rotated.value;
  if (membership !== null && !(await isActedFor(ports, membership))) return fail({ code: 'not_found' });
  return ok(await tokensFor(ports, live.session, live.account, refreshToken, membership));
}

/**
 * Moves a family on to its next token (RFC 9700 §4.14.2). Of parallel calls with one token exactly one rotates; the
 * others, and a client whose answer was lost, get the same successor for `REFRESH_REPLAY_MS`. Any other use of a token
 * that is not the current one means two parties hold the family: it ends for both. A family of another client, or bound
 * to a key that was not proven, is refused and stays.
 */
export async function rotateFamily(
  ports: AuthPorts,
  caller: Caller,
  token: string,
  { client, ...holder }: { client: ProvenClient | null; jkt: string | null; organisationId: string | null },
): Promise<Result<Rotated, AuthError>> {
  const presented = parseRefreshToken(token);
  if (presented === null) return fail({ code: 'refresh_refused' });
  const successor = successorOf(presented);
  const now = ports.clock.now();
  const device = sha256(caller.userAgent);
  const {
    rotated,
    live,
    membership,
    client: registered,
  } = await ports.sessions.rotate({
    familyHash: presented.familyHash,
    presentedHash: presented.secretHash,
    nextHash: successor.secretHash,
    successorSealed: sealForToken(presented.text, successor.text, presented.familyHash),
    client: device,
    clientId: client?.id ?? null,
    provenBy: client?.provenBy ?? null,
    ...holder,
    reissuedId: newId('session'),
    now,
    country: caller.country,
    idleUntil: now + SESSION_IDLE_MS,
    replayUntil: now + REFRESH_REPLAY_MS,
  });
  if (live === null) return fail({ code: 'refresh_refused' });
  if (rotated) return ok({ live, refreshToken: successor.text, membership, registered });
  const isNoMember = holder.organisationId !== null && membership === null;
  // The current one that was not moved on: what else is asked of it is not met, and it stays.
  if (live.session.currentHash === presented.secretHash) {
    return fail({ code: isNoMember ? 'not_found' : 'refresh_refused' });
  }
  const repeated = replayedSuccessor(live, presented, device, now);
  if (repeated !== null) {
    return isNoMember
      ? fail({ code: 'not_found' })
      : ok({ live, refreshToken: repeated, membership, registered });
  }
  await endFamily(ports, caller, live);
  return fail({ code: 'refresh_refused' });
}

interface Rotated {
  live: LiveSession;
  refreshToken: string;
  /** In the organisation that was named. */
  membership: Membership | null;
  /** The application whose family it is, as it was registered when the family moved; null: our own pages. */
  registered: ClientRow | null;
}

/** Written down before the first token that acts for an organisation: it may own something from then on. False: it is gone. */
const isActedFor = async (ports: AuthPorts, { organisation }: Membership): Promise<boolean> =>
  organisation.actedForAt !== null || ports.organisations.noteActedFor(organisation.id, ports.clock.now());

/** The successor already given for this very token, to this very client, a moment ago. */
function replayedSuccessor(
  { session }: LiveSession,
  presented: RefreshToken,
  client: string,
  now: number,
): string | null {
  const isReplay =
    session.previousHash === presented.secretHash &&
    session.previousClient === client &&
    (session.previousUntil ?? 0) > now;
  if (!isReplay || session.successorSealed === null) return null;
  return openWithToken(presented.text, session.successorSealed, presented.familyHash);
}

async function endFamily(ports: AuthPorts, caller: Caller, { session, account }: LiveSession): Promise<void> {
  const notice = owedNotice(ports, caller, account, 'signed_out_by_reuse');
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, account.id, ports.clock.now()),
    ports.sessions.revoke(session.id, 'token_reused', ports.clock.now()),
    ...notice.writes,
    audited(ports, caller, {
      action: 'refresh_token.reused',
      outcome: 'failure',
      actorId: null,
      subject: account.id,
      factor: 'refresh_token',
      detail: { sessionId: session.id },
    }),
  ]);
  if (done) notice.send();
}
