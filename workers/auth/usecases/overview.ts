import type { Actor } from '#shared/auth/access-token.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import { domainOf } from '../federation/domain-rules.ts';
import { PROVIDERS_LISTED_MAX } from '../federation/limits.ts';
import type { Linkable } from '../federation/queries/connections.ts';
import type { LinkedIdentity } from '../federation/queries/identities.ts';
import { SESSIONS_LISTED_MAX } from '../limits.ts';
import type { AuthPorts } from '../ports.ts';
import type { PasskeyRow } from '../queries/passkeys.ts';
import type { LiveSession, SessionRow } from '../queries/sessions.ts';
import { currentSession } from './current-session.ts';
import { openEmail } from './emails.ts';
import type { AuthError } from './errors.ts';

export interface Overview extends LiveSession {
  passkeys: PasskeyRow[];
  sessions: SessionRow[];
  identities: LinkedIdentity[];
  /** Providers that are not linked yet: those for everybody, and the one of the address's domain. */
  linkable: Linkable[];
}

/** All that somebody's account page shows of how they sign in. */
export async function accountOverview(ports: AuthPorts, actor: Actor): Promise<Result<Overview, AuthError>> {
  const current = await currentSession(ports, actor);
  if (!current.ok) return current;
  const { id } = current.value.account;
  const domain = domainOf(openEmail(ports, current.value.account));
  const now = ports.clock.now();
  const { identities, connections } = ports.federation;
  const [passkeys, sessions, linked, providers] = await Promise.all([
    ports.passkeys.ofAccount(id),
    ports.sessions.listLive(id, now, SESSIONS_LISTED_MAX),
    identities.ofAccount(id),
    connections.linkable(domain, now, PROVIDERS_LISTED_MAX),
  ]);
  const isLinked = (provider: Linkable) => linked.some(({ connection }) => connection.id === provider.id);
  return ok({
    ...current.value,
    passkeys,
    sessions,
    identities: linked,
    linkable: providers.filter((provider) => !isLinked(provider)),
  });
}
