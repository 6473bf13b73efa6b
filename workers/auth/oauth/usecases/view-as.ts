import { ACCESS_TOKEN_TTL_SECONDS, FIRST_PARTY_CLIENT, type Actor } from '#shared/auth/access-token.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newId } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { NO_FACTOR } from '#shared/auth/step-up.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { SUPPORT_ACCESSES_LISTED_MAX } from '../limits.ts';
import { required, type Parameters } from '../parameters.ts';
import type { SupportAccessRow } from '../queries/support-accesses.ts';
import { refuse, type OAuthResult } from '../refusal.ts';
import { readScope } from '../scopes.ts';
import { accessTokenAnswer, type TokenAnswer } from './issue.ts';

const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
/** An account named by its id: staff know whom they look at, and hold no token of theirs. */
export const ACCOUNT_TYPE = 'urn:tradepost:token-type:account';
/** `client_id` of the tokens given, so that none of them passes for one of the customer's own. */
const VIEW_CLIENT = 'tradepost-support';
/** Reading alone. What staff change they change under their own name. */
const VIEWS = ['orders.read', 'instances.read'] as const;
const REASON_CHARACTERS = { min: 3, max: 300 } as const;

/** Verifies an access token as every worker does. */
export type Verify = (token: string) => Promise<Actor | null>;

/**
 * Exchanges a member of staff's token for one by which they see what a customer sees (RFC 8693): read-only, short-lived,
 * in the audit log and, with the reason, in the customer's own list. `subject_token` is the customer's id, `actor_token`
 * the access token of the staff's own session.
 */
export async function viewAs(
  ports: AuthPorts,
  caller: Caller,
  parameters: Parameters,
  verify: Verify,
): Promise<OAuthResult<TokenAnswer>> {
  if (parameters.get('client_id') !== FIRST_PARTY_CLIENT) {
    return refuse('unauthorized_client', 'only our own pages exchange tokens');
  }
  const wish = wished(parameters);
  if (!wish.ok) return wish;
  const { subject, actorToken, scope, reason } = wish.value;
  const actor = await verify(actorToken);
  if (actor === null || actor.scope !== null || actor.actingId !== null || actor.organisation !== null) {
    return refuse('invalid_request', 'actor_token is not one of a session in our own pages');
  }
  const current = await currentSession(ports, actor, { permission: 'customers.view_as' });
  if (!current.ok) return notAllowed(ports, caller, actor, subject, current.error);
  const customer = await ports.accounts.byId(subject);
  const isCustomer = customer?.status === 'active' && customer.roles.every((role) => role === 'customer');
  if (!isCustomer) return notAllowed(ports, caller, actor, subject, { code: 'not_found' });

  const { session, account } = current.value;
  const now = ports.clock.now();
  const access: SupportAccessRow = {
    id: newId('supportAccess'),
    accountId: subject,
    actorId: actor.userId,
    scope: scope.join(' '),
    reason,
    at: now,
    expiresAt: now + ACCESS_TOKEN_TTL_SECONDS * SECOND_MS,
  };
  const done = await ports.commit([
    ports.sessions.expectLive(session.id, actor.userId, now),
    ports.accounts.expectRoles(account.id, account.roles),
    ports.sessions.used(session.id, now),
    ports.oauth.supportAccesses.add(access),
    audited(ports, caller, {
      action: 'support.viewed_as',
      outcome: 'success',
      actorId: actor.userId,
      subject,
      factor: 'session',
      detail: { accessId: access.id, scope: access.scope },
    }),
  ]);
  if (!done) return notAllowed(ports, caller, actor, subject, { code: 'session_ended' });
  const answer = await accessTokenAnswer(ports, {
    userId: subject,
    clientId: VIEW_CLIENT,
    roles: customer.roles,
    scope,
    session: null,
    acrDue: NO_FACTOR,
    jkt: null,
    acting: { id: actor.userId, sessionId: session.id, usedAt: now },
  });
  return ok({ ...answer, issued_token_type: ACCESS_TOKEN_TYPE });
}

interface Wish {
  subject: string;
  actorToken: string;
  scope: string[];
  reason: string;
}

function wished(parameters: Parameters): OAuthResult<Wish> {
  const subject = required(parameters, 'subject_token');
  if (!subject.ok) return subject;
  const actorToken = required(parameters, 'actor_token');
  if (!actorToken.ok) return actorToken;
  const types = [parameters.get('subject_token_type'), parameters.get('actor_token_type')];
  if (types[0] !== ACCOUNT_TYPE || types[1] !== ACCESS_TOKEN_TYPE) {
    return refuse('invalid_request', 'the types of the two tokens are not those this exchange knows');
  }
  const reason = (parameters.get('reason') ?? '').trim();
  if (reason.length < REASON_CHARACTERS.min || reason.length > REASON_CHARACTERS.max) {
    return refuse('invalid_request', 'reason must say in a few words why');
  }
  const scope = readScope(parameters.get('scope'), VIEWS, ['orders.read']);
  return scope.ok
    ? ok({ subject: subject.value, actorToken: actorToken.value, scope: scope.value, reason })
    : scope;
}

async function notAllowed(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  subject: string,
  { code }: AuthError,
) {
  await ports.commit([
    audited(ports, caller, {
      action: 'support.viewed_as',
      outcome: 'failure',
      actorId: actor.userId,
      subject: subject.slice(0, 50),
      factor: 'session',
      detail: { code },
    }),
  ]);
  return code === 'not_found'
    ? refuse('invalid_request', 'subject_token names no customer')
    : refuse('access_denied', 'this session may not: it needs customers.view_as, and both factors');
}

/** Times staff looked at the caller's account. */
export async function listSupportAccesses(
  ports: AuthPorts,
  actor: Actor,
): Promise<Result<SupportAccessRow[], AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return fail(current.error);
  return ok(await ports.oauth.supportAccesses.ofAccount(actor.userId, SUPPORT_ACCESSES_LISTED_MAX));
}
