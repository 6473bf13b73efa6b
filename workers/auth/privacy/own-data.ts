import { rfc3339 } from '#shared/time/time.ts';
import { EXPORTED_EVENTS_MAX, SESSIONS_LISTED_MAX } from '../limits.ts';
import { identityBody } from '../federation/routes/bodies.ts';
import { API_KEYS_MAX } from '../oauth/limits.ts';
import { apiKeyBody } from '../oauth/routes/api-keys.ts';
import { applicationBody } from '../oauth/routes/applications.ts';
import { supportAccessBody } from '../oauth/routes/support-accesses.ts';
import { applicationsOf } from '../oauth/usecases/applications.ts';
import { MEMBERSHIPS_MAX } from '../organisations/limits.ts';
import { organisationBody } from '../organisations/routes/parts.ts';
import type { AuthPorts } from '../ports.ts';
import type { AccountRow } from '../queries/accounts.ts';
import { passkeyBody } from '../routes/passkey-body.ts';
import { sessionBody } from '../routes/session-body.ts';
import { openEmail } from '../usecases/emails.ts';
import type { CopyItem } from './copies.ts';

/** All that this worker keeps about a person, but for what is secret from them too (hashes, seeds). */
export async function ownItems(ports: AuthPorts, id: string): Promise<CopyItem[]> {
  const account = await ports.accounts.byId(id);
  if (account === null) return [];
  const [waysIn, others] = await Promise.all([waysInOf(ports, id), othersOf(ports, id)]);
  return [{ section: 'account', data: accountItem(ports, account) }, ...waysIn, ...others];
}

const section = <Row>(name: string, rows: readonly Row[], body: (row: Row) => unknown): CopyItem[] =>
  rows.map((row) => ({ section: name, data: body(row) }));

const accountItem = (ports: AuthPorts, account: AccountRow) => ({
  id: account.id,
  email: openEmail(ports, account),
  roles: account.roles,
  hasPassword: account.phc !== null,
  passkeyCount: account.passkeyCount,
  hasTotp: account.hasTotp,
  recoveryCodesLeft: account.recoveryCodeCount,
  createdAt: rfc3339(account.createdAt),
});

async function waysInOf(ports: AuthPorts, id: string): Promise<CopyItem[]> {
  const [passkeys, identities, sessions, devices, apiKeys] = await Promise.all([
    ports.passkeys.ofAccount(id),
    ports.federation.identities.ofAccount(id),
    ports.sessions.listLive(id, ports.clock.now(), SESSIONS_LISTED_MAX),
    ports.devices.ofAccount(id),
    ports.oauth.apiKeys.ofAccount(id, API_KEYS_MAX),
  ]);
  return [
    ...section('passkeys', passkeys, passkeyBody),
    ...section('identities', identities, (each) => identityBody(ports, each)),
    ...section('sessions', sessions, (row) => sessionBody(row, false)),
    ...section('devices', devices, ({ firstSeenAt, lastSeenAt }) => ({
      firstSeenAt: rfc3339(firstSeenAt),
      lastSeenAt: rfc3339(lastSeenAt),
    })),
    ...section('apiKeys', apiKeys, apiKeyBody),
  ];
}

async function othersOf(ports: AuthPorts, id: string): Promise<CopyItem[]> {
  const [applications, organisations, accesses, events] = await Promise.all([
    applicationsOf(ports, id),
    ports.organisations.membershipsOf(id, MEMBERSHIPS_MAX),
    ports.oauth.supportAccesses.ofAccount(id, EXPORTED_EVENTS_MAX),
    ports.audit.about(id, EXPORTED_EVENTS_MAX),
  ]);
  return [
    ...section('applications', applications, applicationBody),
    ...section('organisations', organisations, organisationBody),
    ...section('supportAccesses', accesses, supportAccessBody),
    ...section('events', events, ({ at, action, outcome, factor, address }) => ({
      at: rfc3339(at),
      action,
      outcome,
      factor,
      network: address,
    })),
  ];
}
