import { sha256 } from '#shared/crypto/bytes.ts';
import { ok } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { required, type Parameters } from '../parameters.ts';
import type { ProvenClient } from '../queries/clients.ts';
import type { CodeRow } from '../queries/codes.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { withinRoles } from '../scopes.ts';
import { clientSession, clientTokens, commitForClient } from './client-session.ts';
import type { TokenAnswer } from './issue.ts';

const NOT_VALID = refuse('invalid_grant', 'the code was used, has expired or is not for this request');

/**
 * Exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.6). Of parallel calls one wins; whoever sends a code that was used
 * shows that two hold it, and ends the session it gave (§10.5).
 */
export async function redeemCode(
  ports: AuthPorts,
  caller: Caller,
  client: ProvenClient,
  { parameters, jkt }: { parameters: Parameters; jkt: string | null },
): Promise<OAuthResult<TokenAnswer>> {
  const sent = required(parameters, 'code');
  if (!sent.ok) return sent;
  const codeHash = sha256(sent.value);
  const now = ports.clock.now();
  const code = await ports.oauth.codes.byHash(codeHash);
  if (code === null || code.clientId !== client.id) return NOT_VALID;
  if (code.usedAt !== null) return reused(ports, caller, code);
  if (code.expiresAt <= now || !isFor(code, parameters, jkt)) return NOT_VALID;
  const account = await ports.accounts.byId(code.accountId);
  if (account === null) return NOT_VALID;

  const session = clientSession(ports, caller, client, code, jkt);
  const opened = await commitForClient(ports, { client, account }, [
    ports.oauth.codes.expectUnused(codeHash, now),
    ports.accounts.expectActive(code.accountId),
    ports.sessions.expectNotTaken(code.sessionId, code.accountId),
    ports.oauth.codes.use(codeHash, session.row.familyHash, now),
    ...ports.sessions.open(session.row),
    audited(ports, caller, {
      action: 'oauth.signed_in',
      outcome: 'success',
      actorId: code.accountId,
      subject: code.accountId,
      detail: { clientId: client.id, sessionId: session.row.id, scope: code.scope },
    }),
  ]);
  if (opened === null) {
    const present = await ports.oauth.codes.byHash(codeHash);
    return present !== null && present.usedAt !== null ? reused(ports, caller, present) : NOT_VALID;
  }
  const answer = await clientTokens(ports, {
    ...opened,
    session: session.row,
    scope: withinRoles(code.scope.split(' '), opened.account.roles),
    jkt,
    nonce: code.nonce,
    refreshToken: session.token.text,
  });
  return ok(answer);
}

function isFor(code: CodeRow, parameters: Parameters, jkt: string | null): boolean {
  const verifier = parameters.get('code_verifier') ?? '';
  return (
    parameters.get('redirect_uri') === code.redirectUri &&
    /^[\w.~-]{43,128}$/.test(verifier) &&
    sha256(verifier) === code.challenge &&
    (code.dpopJkt === null || code.dpopJkt === jkt)
  );
}

async function reused(ports: AuthPorts, caller: Caller, code: CodeRow) {
  await ports.commit([
    ports.sessions.revokeFamily(code.familyHash ?? '', 'code_reused', ports.clock.now()),
    audited(ports, caller, {
      action: 'oauth.code_reused',
      outcome: 'failure',
      actorId: null,
      subject: code.accountId,
      detail: { clientId: code.clientId },
    }),
  ]);
  return NOT_VALID;
}
