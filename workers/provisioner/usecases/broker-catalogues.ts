import { sha256Hex } from '#shared/crypto/bytes.ts';
import type { BrokerCatalogue, BrokerPlan, CatalogueSync } from '#shared/contracts/http/service-brokers.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { log } from '#shared/observability/log.ts';
import { HOUR_MS, MINUTE_MS, rfc3339 } from '#shared/time/time.ts';
import { NotNow } from '../adapters/not-now.ts';
import {
  catalogueChanges,
  catalogueSchema,
  offersOf,
  type PlanChange,
} from '../connectors/broker/catalogue.ts';
import { brokerPlace } from '../connectors/broker/place.ts';
import type { Ports } from '../ports.ts';
import type { BrokerPlanRow } from '../queries/broker-plans.ts';
import type { Notice } from '../queries/notices.ts';

export type BrokerError = 'unknown_connection' | 'unknown_plan' | { code: 'broker_unread'; detail: string };

const SYNC_EVERY_MS = HOUR_MS;
const SYNC_AGAIN_MS = 10 * MINUTE_MS;
/** A reading takes less; whoever began it may be gone by then. */
const SYNC_LEASE_MS = 2 * MINUTE_MS;

/** Reads what a broker offers, keeps what changed and tells it to staff. */
export async function syncCatalogue(
  ports: Ports,
  connection: string,
  requestId: string,
): Promise<Result<CatalogueSync, BrokerError>> {
  const { brokerPlans, connections } = ports.registry;
  const found = await connections.get(connection);
  if (found?.kind !== 'broker' || found.status !== 'active') return fail('unknown_connection');
  const known = await brokerPlans.catalogue(connection);
  if (known === null) await brokerPlans.schedule(connection, null);
  const now = ports.clock.now();
  const unread = async (detail: string) => {
    await brokerPlans.tried(connection, { syncedAt: null, error: detail, dueAt: now + SYNC_AGAIN_MS });
    return fail({ code: 'broker_unread' as const, detail });
  };
  const read = await readCatalogue(ports, connection, known?.etag ?? null, requestId);
  if ('why' in read) return unread(read.why);
  const version = known?.version ?? 0;
  const dueAt = now + SYNC_EVERY_MS;
  const changes =
    read.offered === null ? [] : catalogueChanges(await brokerPlans.all(connection), read.offered);
  if (changes.length === 0) {
    await brokerPlans.tried(connection, { syncedAt: now, error: null, dueAt });
    return ok({ version, changes: [] });
  }
  const reading = { after: version, etag: read.etag, now, dueAt };
  const notices = noticesOf(connection, version + 1, changes, now);
  const kept = await brokerPlans.change(connection, reading, changes, notices);
  if (!kept) return fail({ code: 'broker_unread', detail: 'Somebody else read it at the same time.' });
  return ok({ version: version + 1, changes: changes.map(changeView) });
}

type Read = { offered: ReturnType<typeof offersOf> | null; etag: string | null } | { why: string };

async function readCatalogue(
  ports: Ports,
  connection: string,
  etag: string | null,
  requestId: string,
): Promise<Read> {
  try {
    const place = await brokerPlace(ports, connection);
    const answer = await ports.brokers.call(place, {
      method: 'GET',
      path: '/v2/catalog',
      userId: null,
      requestId,
      etag,
    });
    if (answer.status === 304) return { offered: null, etag };
    if (answer.status !== 200) return { why: `It answered ${answer.status ?? 'nothing in time'}.` };
    const catalogue = catalogueSchema.safeParse(answer.body);
    if (!catalogue.success) {
      const [issue] = catalogue.error.issues;
      return { why: `Its catalogue cannot be read: ${issue?.path.join('/') ?? ''} ${issue?.message ?? ''}` };
    }
    return { offered: offersOf(catalogue.data), etag: answer.etag };
  } catch (error) {
    if (error instanceof NotNow) return { why: error.why };
    return { why: error instanceof Error ? error.message.slice(0, 300) : 'It could not be asked.' };
  }
}

const changeView = ({ what, serviceId, planId, offer: { service, plan } }: PlanChange) => ({
  what,
  serviceId,
  planId,
  service,
  plan,
});

const WORDS = {
  added: 'is offered now',
  changed: 'has changed',
  withdrawn: 'is offered no more',
  returned: 'is offered again',
} as const;

/** One a change; a first reading is told as one. */
function noticesOf(connection: string, version: number, changes: PlanChange[], at: number): Notice[] {
  const id = (of: string) =>
    `${ID_PREFIXES.notice}_${sha256Hex(JSON.stringify([connection, version, of])).slice(0, 32)}`;
  if (version === 1) {
    const text = `${changes.length} plans of ${connection} were read for the first time.`;
    return [{ id: id('*'), kind: 'broker.catalogue_read', subject: connection, text, at }];
  }
  return changes.map(({ what, planId, offer }) => ({
    id: id(planId),
    kind: `broker.plan_${what}`,
    subject: `${connection}/${planId}`,
    text: `${offer.service}, ${offer.plan}: ${WORDS[what]}.`,
    at,
  }));
}

/** Reads the catalogues that are due. Answers with how many; one that cannot be read keeps what is known of it. */
export async function syncDueCatalogues(ports: Ports, limit: number, requestId: string): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.registry.brokerPlans.takeDue(now, now + SYNC_LEASE_MS, limit);
  await Promise.all(
    due.map(async (connection) => {
      const read = await syncCatalogue(ports, connection, requestId);
      if (read.ok) return;
      if (read.error === 'unknown_connection') await ports.registry.brokerPlans.schedule(connection, null);
      else log.warn('catalogue of a broker not read', { requestId, connection, error: read.error });
    }),
  );
  return due.length;
}

const summaryOf = ({ planId, serviceId, offer, status, changedAt }: BrokerPlanRow) => {
  const { schemas: _long, ...short } = offer;
  return { planId, serviceId, ...short, status, changedAt: rfc3339(changedAt) };
};

export async function listPlans(
  ports: Ports,
  connection: string,
  after: string | null,
  limit: number,
): Promise<Result<Omit<BrokerCatalogue, 'next'> & { next: string | null }, BrokerError>> {
  const { catalogue, plans } = await ports.registry.brokerPlans.page(connection, after ?? '', limit + 1);
  if (catalogue === null) return fail('unknown_connection');
  const items = plans.slice(0, limit);
  return ok({
    connection,
    version: catalogue.version,
    syncedAt: catalogue.syncedAt === null ? null : rfc3339(catalogue.syncedAt),
    error: catalogue.error,
    items: items.map(summaryOf),
    next: plans.length > limit ? (items.at(-1)?.planId ?? null) : null,
  });
}

export async function getPlan(
  ports: Ports,
  connection: string,
  planId: string,
): Promise<Result<BrokerPlan, BrokerError>> {
  const plan = await ports.registry.brokerPlans.plan(connection, planId);
  return plan === null ? fail('unknown_plan') : ok({ ...summaryOf(plan), schemas: plan.offer.schemas });
}
