import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import { audited } from '../../usecases/audit.ts';
import { openEmail } from '../../usecases/emails.ts';
import type { AuthError, FederationReason } from '../../usecases/errors.ts';
import { openSession, type Opening, type SignedIn } from '../../usecases/open-session.ts';
import { federatedAmr } from '../../usecases/proof.ts';
import { owedNotice } from '../../usecases/send-mail.ts';
import { newAccount } from '../../usecases/verify-email.ts';
import type { Asserted } from '../asserted.ts';
import { provenEmail } from '../proven-email.ts';
import type { ConnectionRow } from '../queries/connections.ts';
import { identityWrites } from './identity-writes.ts';
import { isBeyond, joining, standingOf } from './organisation-members.ts';

interface Proven {
  connection: ConnectionRow;
  asserted: Asserted;
  /** Account that everything but this was shown for a moment ago, in this browser; null: none. */
  provenAccountId: string | null;
}

/**
 * Signs in whoever a provider has named: into the account this identity is linked to, else into a new account. An
 * account that merely has the same address is never taken: its owner signs in to it and links the identity there.
 */
export async function arrive(
  ports: AuthPorts,
  caller: Caller,
  proven: Proven,
): Promise<Result<SignedIn, AuthError>> {
  const { connection, asserted } = proven;
  const known = await ports.federation.identities.find(connection.id, ports.federation.index.all(asserted));
  if (known === null) {
    return proven.provenAccountId === null
      ? signUp(ports, caller, proven)
      : linkProven(ports, caller, proven, proven.provenAccountId);
  }
  const { identity, account } = known;
  const standing = await standingOf(ports, connection, account);
  if (isBeyond(standing)) {
    await failed(ports, caller, connection, account.id, standing);
    return fail({ code: 'federation_account', reason: standing });
  }
  const opened = await openSession(ports, caller, {
    account,
    ...shown(proven),
    writes: [
      ports.federation.connections.expectOpen(connection.id, ports.clock.now()),
      ports.federation.identities.expectOwned(identity.id, account.id),
      ports.federation.identities.used(identity.id, ports.clock.now()),
    ],
    audit: {
      action: 'sign_in',
      factor: 'federation',
      detail: { connectionId: connection.id, identityId: identity.id },
    },
  });
  if (opened !== null) return ok(opened);
  await failed(ports, caller, connection, account.id, 'closed');
  return fail({ code: 'invalid_credentials' });
}

/**
 * Links the identity to the account that was signed in to just now and had to come here: both sides were signed in to
 * freshly, in one browser, and name the same address.
 */
async function linkProven(
  ports: AuthPorts,
  caller: Caller,
  proven: Proven,
  accountId: string,
): Promise<Result<SignedIn, AuthError>> {
  const { connection, asserted } = proven;
  const account = await ports.accounts.byId(accountId);
  const refuse = async (reason: FederationReason) => {
    await failed(ports, caller, connection, accountId, reason);
    return fail({ code: 'federation_account', reason } as const);
  };
  if (account === null || provenEmail(connection, asserted) !== openEmail(ports, account)) {
    return refuse('address_unproven');
  }
  const standing = await standingOf(ports, connection, account);
  if (isBeyond(standing)) return refuse(standing);
  const added = identityWrites(ports, { connection, asserted, accountId });
  const notice = owedNotice(ports, caller, account, 'identity_linked');
  const opened = await openSession(ports, caller, {
    account,
    ...shown(proven),
    writes: [
      ports.federation.connections.expectOpen(connection.id, ports.clock.now()),
      ...added.writes,
      ...notice.writes,
    ],
    audit: {
      action: 'identity.linked',
      factor: 'federation',
      detail: { connectionId: connection.id, identityId: added.row.id },
    },
  });
  if (opened === null) return fail({ code: 'identity_not_linked' });
  notice.send();
  return ok(opened);
}

/** A new account, for an address that the provider is believed about. */
async function signUp(
  ports: AuthPorts,
  caller: Caller,
  proven: Proven,
): Promise<Result<SignedIn, AuthError>> {
  const { connection, asserted } = proven;
  const refuse = async (
    reason: 'no_sign_up' | 'address_unproven' | 'address_taken' | 'organisation_full',
  ) => {
    await failed(ports, caller, connection, null, reason);
    return fail({ code: 'federation_account', reason } as const);
  };
  if (!connection.settings.signUp) return refuse('no_sign_up');
  const email = provenEmail(connection, asserted);
  if (email === null) return refuse('address_unproven');
  const { accounts } = ports;
  if ((await accounts.byEmail(ports.emailIndex.all(email))) !== null) return refuse('address_taken');
  const account = newAccount(ports, email, null, ['customer']);
  const now = ports.clock.now();
  const added = identityWrites(ports, { connection, asserted, accountId: account.id });
  const opened = await openSession(ports, caller, {
    account,
    ...shown(proven),
    writes: [
      ports.federation.connections.expectOpen(connection.id, ports.clock.now()),
      accounts.expectNoneWith(ports.emailIndex.all(email)),
      accounts.create({ ...account, emailIndex: ports.emailIndex.current(email), now }),
      accounts.grant(account.id, account.roles, account.id, now),
      ...added.writes,
      ...(await joining(ports, caller, { connection, asserted, account: { id: account.id, email } })),
    ],
    audit: {
      action: 'account.created',
      factor: 'federation',
      detail: { connectionId: connection.id, identityId: added.row.id, roles: account.roles },
    },
  });
  if (opened !== null) return ok(opened);
  const isTaken = (await accounts.byEmail(ports.emailIndex.all(email))) !== null;
  return refuse(isTaken || connection.organisationId === null ? 'address_taken' : 'organisation_full');
}

/** What counts as shown, and when it was. */
function shown({ connection, asserted }: Proven): Pick<Opening, 'amr' | 'authTime' | 'connectionId'> {
  const { secondFactor } = connection.settings;
  const isTwoFactors = asserted.classes.some((each) => secondFactor.includes(each));
  return {
    amr: federatedAmr(isTwoFactors),
    authTime: asserted.authTime,
    connectionId: connection.organisationId === null ? null : connection.id,
  };
}

const failed = (
  ports: AuthPorts,
  caller: Caller,
  { id }: ConnectionRow,
  accountId: string | null,
  reason: string,
): Promise<boolean> =>
  ports.commit([
    audited(ports, caller, {
      action: 'sign_in',
      outcome: 'failure',
      actorId: null,
      subject: accountId,
      factor: 'federation',
      detail: { connectionId: id, reason },
    }),
  ]);
