import { randomSecret } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { audited } from '../../usecases/audit.ts';
import type { AuthError } from '../../usecases/errors.ts';
import { domainLostMail } from '../../organisations/mails.ts';
import { isForEverybody, recordName, recordValue } from '../domain-rules.ts';
import { DOMAIN_HELD_MS, ORGANISATION_DOMAINS_MAX } from '../limits.ts';
import type { DomainRow } from '../queries/domains.ts';
import { entitled, type Manager } from './connections.ts';
import { toOwner } from './owner-mail.ts';

type OrganisationManager = Manager & { organisationId: string };

export async function listDomains(
  ports: AuthPorts,
  manager: OrganisationManager,
): Promise<Result<DomainRow[], AuthError>> {
  const current = await entitled(ports, manager, 'read');
  if (!current.ok) return current;
  return ok(await ports.federation.domains.ofOrganisation(manager.organisationId, ORGANISATION_DOMAINS_MAX));
}

/** Says that a domain is the organisation's, which gives it nothing yet but a record to prove it by. */
export async function claimDomain(
  ports: AuthPorts,
  caller: Caller,
  manager: OrganisationManager,
  domain: string,
): Promise<Result<DomainRow, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  if (isForEverybody(domain)) {
    return fail({ code: 'domain_refused', detail: 'gives mailboxes to everybody, and is no organisation’s' });
  }
  const { organisationId } = manager;
  const row: DomainRow = {
    organisationId,
    domain,
    token: randomSecret(),
    createdAt: ports.clock.now(),
    verifiedAt: null,
    verifiedUntil: null,
    checkedAt: null,
    warnedAt: null,
  };
  const { domains } = ports.federation;
  const done = await ports.commit([
    ...current.value,
    domains.expectRoom(row, ORGANISATION_DOMAINS_MAX),
    domains.claim(row),
    noted(ports, caller, manager, 'domain.claimed', row),
  ]);
  return done ? ok(row) : fail({ code: 'domain_not_claimable' });
}

/**
 * Looks for the record. Of organisations that look at the same time one has the domain; one that held it keeps it as long as
 * its own record stands there too, and loses it at once when that is gone: the domain has another owner then.
 */
export async function verifyDomain(
  ports: AuthPorts,
  caller: Caller,
  manager: OrganisationManager,
  domain: string,
): Promise<Result<DomainRow, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const { domains } = ports.federation;
  const { organisationId } = manager;
  const row = await domains.one({ organisationId, domain });
  if (row === null) return fail({ code: 'not_found' });
  const records = await recordsOf(ports, caller, domain);
  if (!records.ok) return records;
  if (!records.value.includes(recordValue(row.token))) {
    await ports.commit([noted(ports, caller, manager, 'domain.verified', row, 'failure')]);
    return fail({ code: 'record_missing', name: recordName(domain), value: recordValue(row.token) });
  }
  const holder = await domains.holder(domain);
  const other = holder !== null && holder.organisationId !== organisationId ? holder : null;
  if (other !== null && records.value.includes(recordValue(other.token))) {
    return fail({ code: 'domain_of_another' });
  }
  const told =
    other === null ? [] : await toOwner(ports, caller, other.organisationId, domainLostMail(domain));
  const now = ports.clock.now();
  const until = now + DOMAIN_HELD_MS;
  const done = await ports.commit([
    ...current.value,
    domains.expect(row),
    ...(other === null ? [] : [domains.expect(other), ...domains.lapse(other)]),
    domains.expectUnheld(row),
    domains.hold(row, now, until),
    ...told,
    noted(ports, caller, manager, 'domain.verified', row),
  ]);
  if (!done) return fail({ code: 'changed_meanwhile' });
  return ok({ ...row, verifiedAt: row.verifiedAt ?? now, verifiedUntil: until, checkedAt: now });
}

/** Gives a domain up: nobody is led by it any more. Claimed again it gets another record. */
export async function removeDomain(
  ports: AuthPorts,
  caller: Caller,
  manager: OrganisationManager,
  domain: string,
): Promise<Result<null, AuthError>> {
  const current = await entitled(ports, manager);
  if (!current.ok) return current;
  const row = await ports.federation.domains.one({ organisationId: manager.organisationId, domain });
  if (row === null) return fail({ code: 'not_found' });
  const done = await ports.commit([
    ...current.value,
    ...ports.federation.domains.remove(row),
    noted(ports, caller, manager, 'domain.removed', row),
  ]);
  return done ? ok(null) : fail({ code: 'changed_meanwhile' });
}

async function recordsOf(
  ports: AuthPorts,
  { requestId }: Caller,
  domain: string,
): Promise<Result<string[], AuthError>> {
  try {
    return ok(await ports.domainNames.texts(recordName(domain)));
  } catch (error) {
    log.warn('a domain cannot be looked up', { requestId, domain, error });
    return fail({ code: 'domain_names_unavailable' });
  }
}

const noted = (
  ports: AuthPorts,
  caller: Caller,
  { actor, organisationId }: OrganisationManager,
  action: 'domain.claimed' | 'domain.verified' | 'domain.removed',
  { domain }: DomainRow,
  outcome: 'success' | 'failure' = 'success',
): Write =>
  audited(ports, caller, {
    action,
    outcome,
    actorId: actor.userId,
    subject: organisationId,
    factor: 'session',
    detail: { organisationId, domain },
  });
