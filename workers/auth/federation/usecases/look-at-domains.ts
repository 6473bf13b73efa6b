import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { AuthPorts, Caller } from '../../ports.ts';
import type { Write } from '../../queries/commit.ts';
import { audited } from '../../usecases/audit.ts';
import { domainLostMail, domainMissingMail } from '../../organisations/mails.ts';
import { recordName, recordValue } from '../domain-rules.ts';
import { DOMAIN_HELD_MS, DOMAIN_LOOK_MS, DOMAINS_LOOKED_AT_MAX } from '../limits.ts';
import type { DomainRow } from '../queries/domains.ts';
import { toOwner } from './owner-mail.ts';

/**
 * Looks at held domains again, each once a day. One whose record is missing is told of at once, and lapses a week after the
 * record was seen last; without an answer of the domain name system nothing is learnt, and the same week runs.
 */
export async function lookAtDomains(ports: AuthPorts): Promise<void> {
  const due = await ports.federation.domains.due(ports.clock.now() - DOMAIN_LOOK_MS, DOMAINS_LOOKED_AT_MAX);
  for (const row of due) await lookAt(ports, row);
}

async function lookAt(ports: AuthPorts, row: DomainRow): Promise<void> {
  const caller = nobody();
  const { domains } = ports.federation;
  const now = ports.clock.now();
  const found = await present(ports, caller, row);
  if (found === 'present') {
    await ports.commit([domains.expect(row), domains.hold(row, now, now + DOMAIN_HELD_MS)]);
    return;
  }
  const until = row.verifiedUntil ?? 0;
  const isLost = until <= now;
  const isNews = isLost || (found === 'missing' && row.warnedAt === null);
  const text = isLost
    ? domainLostMail(row.domain)
    : domainMissingMail(row.domain, rfc3339(until).slice(0, 10));
  const mail = isNews ? await toOwner(ports, caller, row.organisationId, text) : [];
  await ports.commit([
    domains.expect(row),
    domains.looked(row, now, found === 'missing' ? (row.warnedAt ?? now) : row.warnedAt),
    ...(isLost ? domains.lapse(row) : []),
    ...mail,
    ...(isNews ? [noted(ports, caller, row, isLost ? 'domain.lapsed' : 'domain.missing')] : []),
  ]);
}

async function present(
  ports: AuthPorts,
  { requestId }: Caller,
  { domain, token }: DomainRow,
): Promise<'present' | 'missing' | 'unknown'> {
  try {
    const records = await ports.domainNames.texts(recordName(domain));
    return records.includes(recordValue(token)) ? 'present' : 'missing';
  } catch (error) {
    log.warn('a domain cannot be looked up', { requestId, domain, error });
    return 'unknown';
  }
}

const noted = (
  ports: AuthPorts,
  caller: Caller,
  { organisationId, domain }: DomainRow,
  action: 'domain.lapsed' | 'domain.missing',
): Write =>
  audited(ports, caller, {
    action,
    outcome: 'failure',
    actorId: null,
    subject: organisationId,
    detail: { organisationId, domain },
  });

/** The cron acts for nobody. */
const nobody = (): Caller => ({
  requestId: crypto.randomUUID(),
  network: '',
  userAgent: '',
  device: null,
  challengeAnswer: null,
  country: '',
});
