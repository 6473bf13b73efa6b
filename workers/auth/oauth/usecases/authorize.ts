import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import type { Actor } from '#shared/auth/access-token.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { LiveSession } from '../../queries/sessions.ts';
import { audited } from '../../usecases/audit.ts';
import { currentSession } from '../../usecases/current-session.ts';
import { openEmail } from '../../usecases/emails.ts';
import { meetsAcr } from '../acr.ts';
import { CODE_TTL_MS } from '../limits.ts';
import { withParameters } from '../redirect-uri.ts';
import type { ClientRow } from '../queries/clients.ts';
import type { Refusal } from '../refusal.ts';
import { scopeText, withinRoles } from '../scopes.ts';
import {
  addressed,
  checkedRequest,
  type Addressed,
  type AuthorizationRequest,
} from './authorization-request.ts';
import { stamped, stampedAt } from './sent-to-sign-in.ts';

/** What the page does next. */
export type Step =
  /** Tell the customer: there is nowhere safe to send them. */
  | { action: 'refuse'; error: string; description: string }
  | { action: 'redirect'; location: string }
  /** Sign in, then come back with this query. */
  | { action: 'sign_in'; query: string; loginHint: string | null }
  | {
      action: 'consent';
      application: string;
      account: string;
      /** Host or scheme the customer is sent back to. */
      target: string;
      scopes: { name: string; text: string }[];
    };

export type Decision = 'allow' | 'deny';

/**
 * Answers an authorization request (RFC 6749 §4.1.1, OIDC Core §3.1.2) for whoever is signed in in this browser. Keeps
 * nothing between its steps but what the query carries, and checks all of it again at each.
 */
export async function authorize(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor | null,
  input: { query: string; decision?: Decision | undefined },
): Promise<Step> {
  const asked = await addressed(ports, input.query);
  if (!asked.ok) return { action: 'refuse', ...asked.error };
  const { client, parameters, pushed } = asked.value;
  const request = checkedRequest(client, parameters, pushed !== null);
  if (!request.ok) return answered(ports, asked.value, request.error);

  const current = actor === null ? null : await currentSession(ports, actor);
  const live = current?.ok === true ? current.value : null;
  const since = pushed?.createdAt ?? stampedAt(ports, input.query);
  const unmet = signInNeeded(ports, request.value, live, since);
  if (unmet !== null) {
    if (request.value.prompts.has('none') || unmet === 'unmet_authentication_requirements') {
      return answered(ports, asked.value, {
        error: unmet,
        description: 'the customer is not signed in as it is asked for',
      });
    }
    return signInStep(ports, input.query, request.value);
  }
  if (live === null) throw new Error('a session is needed to go on');
  if (input.decision === 'deny') return denied(ports, caller, asked.value, live);

  const scope = withinRoles(request.value.scope, live.account.roles);
  if (scope.length === 0) {
    return answered(ports, asked.value, {
      error: 'invalid_scope',
      description: 'the customer may none of it',
    });
  }
  if (await isConsentNeeded(ports, asked.value, request.value, { live, scope, ...input })) {
    if (request.value.prompts.has('none')) {
      return answered(ports, asked.value, {
        error: 'consent_required',
        description: 'the customer is to be asked',
      });
    }
    return {
      action: 'consent',
      application: client.name,
      account: openEmail(ports, live.account),
      target: targetOf(asked.value.redirectUri),
      scopes: scope.map((name) => ({ name, text: scopeText(name) })),
    };
  }
  return giveCode(ports, caller, asked.value, { request: request.value, live, scope, ...input });
}

/** Whether, and in which words to an application that asked not to show anything. Null: signed in well enough. */
function signInNeeded(
  ports: AuthPorts,
  { prompts, maxAge, acrValues }: AuthorizationRequest,
  live: LiveSession | null,
  since: number | null,
): 'login_required' | 'unmet_authentication_requirements' | null {
  if (live === null) return 'login_required';
  const { authTime, acr } = live.session;
  const isRenewed = since !== null && authTime >= since;
  const mustRenew = prompts.has('login') || prompts.has('select_account') || maxAge === 0;
  if (mustRenew && !isRenewed) return 'login_required';
  const isTooOld = maxAge !== null && maxAge > 0 && ports.clock.now() - authTime > maxAge * SECOND_MS;
  if (isTooOld) return 'login_required';
  if (meetsAcr(acr, acrValues)) return null;
  return isRenewed ? 'unmet_authentication_requirements' : 'login_required';
}

function signInStep(ports: AuthPorts, query: string, request: AuthorizationRequest): Step {
  return { action: 'sign_in', query: stamped(ports, query), loginHint: request.loginHint };
}

async function isConsentNeeded(
  ports: AuthPorts,
  { client }: Addressed,
  request: AuthorizationRequest,
  input: { live: LiveSession; scope: string[]; decision?: Decision | undefined },
): Promise<boolean> {
  if (input.decision === 'allow') return false;
  if (request.prompts.has('consent') || !isKnownToReach(client, request.redirectUri)) return true;
  if (client.trusted) return false;
  const consented = await ports.oauth.consents.scopes(input.live.account.id, client.id);
  return !input.scope.every((scope) => consented.includes(scope));
}

/**
 * Whether the answer reaches this application and no other: any program of a device can register a scheme or open a port
 * there, and without a secret pass for it, so each time the customer is asked (RFC 8252 §8.6).
 */
const isKnownToReach = ({ authentication }: ClientRow, redirectUri: string): boolean =>
  authentication !== 'none' || redirectUri.startsWith('https:');

async function giveCode(
  ports: AuthPorts,
  caller: Caller,
  asked: Addressed,
  input: {
    request: AuthorizationRequest;
    live: LiveSession;
    scope: string[];
    decision?: Decision | undefined;
  },
): Promise<Step> {
  const { client, pushed } = asked;
  const { request, live, scope } = input;
  const now = ports.clock.now();
  const code = randomSecret();
  const done = await ports.commit([
    ports.sessions.expectLive(live.session.id, live.account.id, now),
    ...(pushed === null
      ? []
      : [ports.oauth.pushed.expect(pushed.requestHash), ports.oauth.pushed.remove(pushed.requestHash)]),
    ...(input.decision === 'allow' ? [ports.oauth.consents.add(live.account.id, client.id, scope, now)] : []),
    ports.oauth.codes.add({
      codeHash: sha256(code),
      clientId: client.id,
      accountId: live.account.id,
      redirectUri: request.redirectUri,
      scope: scope.join(' '),
      nonce: request.nonce,
      challenge: request.challenge,
      dpopJkt: request.dpopJkt,
      amr: live.session.amr,
      acr: live.session.acr,
      authTime: live.session.authTime,
      sessionId: live.session.id,
      expiresAt: now + CODE_TTL_MS,
    }),
    audited(ports, caller, {
      action: input.decision === 'allow' ? 'oauth.consented' : 'oauth.authorised',
      outcome: 'success',
      actorId: live.account.id,
      subject: live.account.id,
      factor: 'session',
      detail: { clientId: client.id, scope: scope.join(' ') },
    }),
  ]);
  if (!done) {
    return {
      action: 'refuse',
      error: 'invalid_request',
      description: 'This request was used already. Begin again.',
    };
  }
  return redirect(ports, asked, { code });
}

async function denied(ports: AuthPorts, caller: Caller, asked: Addressed, live: LiveSession): Promise<Step> {
  await ports.commit([
    ...(asked.pushed === null ? [] : [ports.oauth.pushed.remove(asked.pushed.requestHash)]),
    audited(ports, caller, {
      action: 'oauth.consented',
      outcome: 'failure',
      actorId: live.account.id,
      subject: live.account.id,
      factor: 'session',
      detail: { clientId: asked.client.id },
    }),
  ]);
  return answered(ports, asked, { error: 'access_denied', description: 'the customer did not agree' });
}

const answered = (ports: AuthPorts, asked: Addressed, refusal: Refusal): Step =>
  redirect(ports, asked, { error: refusal.error, error_description: refusal.description });

/** Back to the application, with our name so that it cannot be mixed up with another provider (RFC 9207). */
const redirect = (
  ports: AuthPorts,
  { redirectUri, state }: Addressed,
  parameters: Record<string, string>,
): Step => ({
  action: 'redirect',
  location: withParameters(redirectUri, { ...parameters, state, iss: ports.origin }),
});

function targetOf(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  return protocol === 'https:' || protocol === 'http:' ? host : protocol.slice(0, -1);
}
