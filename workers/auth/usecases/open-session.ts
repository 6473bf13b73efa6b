import { SignJWT } from 'jose';
import {
  ACCESS_TOKEN_AUDIENCE,
  ACCESS_TOKEN_TTL_SECONDS,
  FIRST_PARTY_CLIENT,
} from '#shared/auth/access-token.ts';
import {
  organisationAllows,
  ROLES,
  type OrganisationRole,
  type Permission,
  type Role,
} from '#shared/auth/permissions.ts';
import { newId } from '#shared/ids/ids.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { randomSecret, sha256 } from '#shared/crypto/bytes.ts';
import { newRefreshToken, type RefreshToken } from '../crypto/refresh-token.ts';
import { domainOf } from '../federation/domain-rules.ts';
import type { Provider } from '../federation/queries/connections.ts';
import {
  SESSION_ABSOLUTE_MS,
  SESSION_BY_ORGANISATION_MS,
  SESSION_IDLE_MS,
  SIGN_IN_CHALLENGE_TTL_MS,
} from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import type { Membership } from '../organisations/queries/organisations.ts';
import type { AccountRow } from '../queries/accounts.ts';
import type { Write } from '../queries/commit.ts';
import type { SessionRow } from '../queries/sessions.ts';
import { audited, type AuditEntry } from './audit.ts';
import { commitWithRoles } from './commit-with-roles.ts';
import { deviceSeen } from './devices.ts';
import { openEmail } from './emails.ts';
import { acrDueOf, LINKS_PROVIDER, proofOf, showsSecondFactor } from './proof.ts';
import { signJwt } from './signing-keys.ts';

export interface Tokens {
  accessToken: string;
  tokenType: 'Bearer';
  expiresIn: number;
  refreshToken: string;
  refreshExpiresIn: number;
  user: { id: string; email: string; roles: Role[] };
  /** What the access token acts for; null: the person alone. */
  organisation: { id: string; name: string; role: OrganisationRole } | null;
}

/** Another factor is due: it is shown to `POST /v1/auth/sign-in/second-factor` with this id. */
export interface SecondFactorRequired {
  status: 'second_factor_required';
  challengeId: string;
  methods: ('totp' | 'recovery_code')[];
  /** Seconds. */
  expiresIn: number;
}
/** What was shown is right, and is not how members of the account's organisation sign in. */
export interface ProviderRequired {
  status: 'provider_required';
  connection: Provider;
  challengeId: string;
}
export type SignedIn = Tokens | SecondFactorRequired | ProviderRequired;

export interface Opening {
  account: AccountRow;
  /** What was shown on this path; see `proofOf`. */
  amr: readonly string[];
  /** When it was shown, in epoch milliseconds, where that was elsewhere and before; left out or null: now. */
  authTime?: number | null;
  /** The connection of an organisation that showed it; left out or null: none. */
  connectionId?: string | null;
  /** What must hold and what goes with it, in one transaction with the session. */
  writes: readonly Write[];
  audit: Pick<AuditEntry, 'action' | 'factor' | 'detail'>;
}

/**
 * Where every sign-in ends, whatever it began with: in a session, in the demand of the account's second factor where the path
 * showed none, or in that of its organisation's provider. Null when one of the expectations among `writes` was not met, or the account was closed or got a
 * second factor since it was read.
 */
export async function openSession(
  ports: AuthPorts,
  caller: Caller,
  opening: Opening,
): Promise<SignedIn | null> {
  const { account, amr, audit, connectionId = null } = opening;
  const place = { accountId: account.id, domain: domainOf(openEmail(ports, account)), connectionId };
  const { connections } = ports.federation;
  const { writes } = opening;
  const entry = { ...audit, outcome: 'success', actorId: account.id, subject: account.id } as const;
  if (account.hasTotp && !showsSecondFactor(amr)) {
    const challenge = newChallenge(ports, account, { amr, connectionId });
    const done = await ports.commit([
      ...writes,
      ports.accounts.expectActive(account.id),
      challenge.write,
      audited(ports, caller, { ...entry, action: 'sign_in.first_factor' }),
    ]);
    return done ? challenge.answer : null;
  }
  const session = newSession(
    ports,
    caller,
    account.id,
    { ...proofOf(amr), connectionId },
    opening.authTime ?? null,
  );
  const holder = await commitWithRoles(ports, account, [
    ...writes,
    connections.expectUndemanded(place, ports.clock.now()),
    ...(connectionId === null ? [] : [connections.expectWithin(connectionId, account.id)]),
    ports.accounts.expectActive(account.id),
    ...(showsSecondFactor(amr) ? [] : [ports.accounts.expectNoSecondFactor(account.id)]),
    ...ports.sessions.open(session.row),
    ...deviceSeen(ports, caller, account),
    audited(ports, caller, { ...entry, detail: { ...entry.detail, sessionId: session.row.id } }),
  ]);
  return holder === null
    ? demandedInstead(ports, caller, opening, place)
    : tokensFor(ports, session.row, holder, session.token.text);
}

/**
 * The provider that had to be used, with a secret that stands for what was shown: the identity there is linked to the account
 * by it, which could be signed in to by no other way. What was shown must hold as for a session, and is used up as by
 * one. Null: that is not why, or it does not hold.
 */
async function demandedInstead(
  ports: AuthPorts,
  caller: Caller,
  { account, amr, audit, writes }: Opening,
  place: { domain: string; connectionId: string | null },
): Promise<ProviderRequired | null> {
  const now = ports.clock.now();
  const connection = await ports.federation.connections.demanded(account.id, place.domain, now);
  if (connection === null || connection.id === place.connectionId) return null;
  const challenge = newChallenge(ports, account, {
    amr: [LINKS_PROVIDER, ...amr],
    connectionId: connection.id,
  });
  const entry = { actorId: null, subject: account.id } as const;
  const done = await ports.commit([
    ...writes,
    ports.accounts.expectActive(account.id),
    ...(showsSecondFactor(amr) ? [] : [ports.accounts.expectNoSecondFactor(account.id)]),
    challenge.write,
    ...(audit.action === 'sign_in'
      ? []
      : [audited(ports, caller, { ...entry, ...audit, outcome: 'success' })]),
    audited(ports, caller, {
      ...entry,
      action: 'sign_in',
      outcome: 'failure',
      detail: { reason: 'provider_required', connectionId: connection.id },
    }),
  ]);
  if (!done) return null;
  return { status: 'provider_required', connection, challengeId: challenge.answer.challengeId };
}

function newChallenge(
  ports: AuthPorts,
  account: AccountRow,
  { amr, connectionId }: { amr: readonly string[]; connectionId: string | null },
): { write: Write; answer: SecondFactorRequired } {
  const challengeId = randomSecret();
  return {
    write: ports.signInChallenges.add({
      idHash: sha256(challengeId),
      accountId: account.id,
      amr: [...amr],
      connectionId,
      expiresAt: ports.clock.now() + SIGN_IN_CHALLENGE_TTL_MS,
    }),
    answer: {
      status: 'second_factor_required',
      challengeId,
      methods: account.recoveryCodeCount > 0 ? ['totp', 'recovery_code'] : ['totp'],
      expiresIn: SIGN_IN_CHALLENGE_TTL_MS / SECOND_MS,
    },
  };
}

/** A new session, to be written with what opens it, and its first refresh token. */
export function newSession(
  ports: AuthPorts,
  caller: Caller,
  accountId: string,
  proof: Pick<SessionRow, 'amr' | 'acr'> & { connectionId?: string | null },
  authTime: number | null = null,
): { row: SessionRow; token: RefreshToken } {
  const now = ports.clock.now();
  const token = newRefreshToken();
  const { connectionId = null } = proof;
  const absoluteUntil = now + (connectionId === null ? SESSION_ABSOLUTE_MS : SESSION_BY_ORGANISATION_MS);
  const row: SessionRow = {
    id: newId('session'),
    accountId,
    familyHash: token.familyHash,
    currentHash: token.secretHash,
    previousHash: null,
    previousUntil: null,
    previousClient: null,
    successorSealed: null,
    generation: 1,
    reissue: false,
    amr: proof.amr,
    acr: proof.acr,
    authTime: Math.min(authTime ?? now, now),
    userAgent: caller.userAgent,
    createdAt: now,
    lastUsedAt: now,
    idleUntil: Math.min(now + SESSION_IDLE_MS, absoluteUntil),
    absoluteUntil,
    revokedAt: null,
    revokedWhy: null,
    country: caller.country,
    clientId: null,
    scope: null,
    dpopJkt: null,
    connectionId,
    firstId: null,
  };
  return { row, token };
}

/** The answer to every successful sign-in and refresh. */
export async function tokensFor(
  ports: AuthPorts,
  session: SessionRow,
  account: TokenHolder,
  refreshToken: string,
  membership: Membership | null = null,
): Promise<Tokens> {
  const refreshUntil = Math.min(session.idleUntil, session.absoluteUntil);
  return {
    ...(await accessTokenFor(ports, session, account, membership)),
    refreshToken,
    refreshExpiresIn: Math.max(0, Math.floor((refreshUntil - ports.clock.now()) / SECOND_MS)),
    user: { id: account.id, email: openEmail(ports, account), roles: account.roles },
    organisation:
      membership === null
        ? null
        : { id: membership.organisation.id, name: membership.organisation.name, role: membership.role },
  };
}

type TokenHolder = Pick<AccountRow, 'id' | 'emailSealed' | 'roles' | 'hasTotp' | 'passkeyCount'>;
type AccessToken = Pick<Tokens, 'accessToken' | 'tokenType' | 'expiresIn'>;

/**
 * The second a session's tokens are issued in is that of its last use, as it was written: none is of after it, so what ends the
 * session names a second that has passed.
 */
export const issuedIn = ({ lastUsedAt, authTime }: Pick<SessionRow, 'lastUsedAt' | 'authTime'>): number =>
  Math.floor(Math.max(lastUsedAt, authTime) / SECOND_MS);

/** An access token of our own pages, after RFC 9068 §2.2. */
export async function accessTokenFor(
  ports: AuthPorts,
  session: Pick<SessionRow, 'id' | 'authTime' | 'lastUsedAt' | 'amr' | 'acr'>,
  account: TokenHolder,
  membership: Membership | null = null,
): Promise<AccessToken> {
  const issuedAt = issuedIn(session);
  const expiresAt = issuedAt + ACCESS_TOKEN_TTL_SECONDS;
  const jwt = new SignJWT({
    sid: session.id,
    client_id: FIRST_PARTY_CLIENT,
    roles: account.roles,
    scope: scopeOf(account.roles, membership),
    ...(membership === null ? {} : { org: membership.organisation.id, org_role: membership.role }),
    auth_time: Math.floor(session.authTime / SECOND_MS),
    amr: session.amr,
    acr: session.acr,
    acr_due: acrDueOf(ports, account),
  })
    .setIssuer(ports.origin)
    .setAudience(ACCESS_TOKEN_AUDIENCE)
    .setSubject(account.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .setJti(crypto.randomUUID());
  return {
    accessToken: await signJwt(ports, jwt, 'at+jwt'),
    tokenType: 'Bearer',
    expiresIn: expiresAt - Math.floor(ports.clock.now() / SECOND_MS),
  };
}

const scopeOf = (roles: readonly Role[], membership: Membership | null): string =>
  [...new Set<Permission>(roles.flatMap((role) => [...ROLES[role]]))]
    .filter((permission) => membership === null || organisationAllows(membership.role, permission))
    .sort()
    .join(' ');
