import { z } from 'zod';
import { NotNow } from '../../adapters/not-now.ts';
import { PartnerFault } from '../../adapters/partner-fault.ts';
import { readable } from '../../adapters/partner-api.ts';
import type { PartnerNews } from '../../partner-news-schema.ts';
import type { Ports } from '../../ports.ts';
import type { BrokerResource } from '../../queries/broker-resources.ts';
import type { OperationRow } from '../../queries/operations.ts';
import type { StepFailure } from '../../templates/template.ts';
import { openRequest, type Placed, type Remote } from '../remote.ts';
import { fetching, lookingAt, making, removing } from './calls.ts';
import { brokerPlace } from './place.ts';
import { readReply, readStanding, type Reply } from './reply.ts';
import { brokerIdOf, type BrokerRequest, brokerRequestSchema } from './requests.ts';

/** How long to wait where a broker does not say. */
const AGAIN_SECONDS = 5;
const BUSY = 'The partner is at work on it.';
/** Calls that broke off may still arrive: so many looks in a row find nothing before we believe it. */
const EMPTY_LOOKS = 2;

/**
 * A service broker. What is made there has ids of our own, so it is removed by them whatever became of the answers, and by
 * the table of orphans: `reply.ts`.
 */
export const brokerRemote: Remote = {
  async place(ports, operation, stated): Promise<Placed> {
    const request = brokerRequestSchema.parse(stated);
    const resource = resourceOf(operation, request);
    const resources = ports.stores.ofInstance(operation.instanceId).brokerResources;
    const at = await brokerPlace(ports, request.connection);
    await resources.asking(resource, ports.clock.now());
    const nothing = () => resources.madeNothing(operation.id, ports.clock.now());
    const answer = await ports.brokers.call(at, making(resource, request)).catch(async (error: unknown) => {
      await nothing();
      throw error;
    });
    const reply = readReply(callOf(request), answer.status, answer.body);
    if (reply.kind === 'done' || reply.kind === 'running') {
      const dashboard = dashboardOf(reply);
      const sealedDashboard =
        dashboard === null ? null : await ports.sealer.seal(dashboard, dashboardPlace(operation.id));
      const running = reply.kind === 'running' ? reply.operation : null;
      await resources.confirmed(operation.id, { running, sealedDashboard }, ports.clock.now());
      return reply.kind === 'done'
        ? { kind: 'ended', news: newsOf(operation, 'succeeded', reply.body) }
        : {
            kind: 'accepted',
            operationId: brokerIdOf(operation.id),
            resourceId: brokerIdOf(operation.id),
            polling: {
              afterSeconds: answer.retryAfterSeconds,
              limitSeconds: await pollingSecondsMax(ports, request),
            },
          };
    }
    if (reply.kind !== 'failed' || !reply.leavesOrphan) await nothing();
    switch (reply.kind) {
      case 'busy':
        throw new NotNow(`${request.connection} is busy`, BUSY, answer.retryAfterSeconds ?? AGAIN_SECONDS);
      case 'rejected':
        return { kind: 'refused', failure: rejectionText(reply) };
      case 'gone':
      case 'failed':
        throw new PartnerFault(`${request.connection} answered ${answer.status ?? 'nothing in time'}`);
    }
  },

  async resultOf(ports, operation, news) {
    if (operation.resource === 'broker-binding') {
      const { credentials, metadata } = bindingSchema.parse(news.result ?? {});
      return {
        bindingId: brokerIdOf(operation.id),
        credentials: credentials ?? {},
        expiresAt: metadata?.expires_at ?? null,
      };
    }
    const resource = await resourceAt(ports, operation);
    const sealed = resource?.sealedDashboard ?? null;
    const dashboardUrl =
      sealed === null ? null : await ports.sealer.open(sealed, dashboardPlace(operation.id));
    return { serviceInstance: brokerIdOf(operation.id), dashboardUrl };
  },

  async ask(ports, operation) {
    const resource = await resourceAt(ports, operation);
    if (resource === null) return null;
    const request = await requestOf(ports, operation);
    const at = await brokerPlace(ports, request.connection);
    const answer = await ports.brokers.call(at, lookingAt(resource, request, resource.running ?? ''));
    const standing = readStanding(false, answer.status, answer.body);
    const goesOn = { ...newsOf(operation, 'in_progress', null), afterSeconds: answer.retryAfterSeconds };
    if (standing.kind === 'failed') {
      const error = { code: 'broker_failed', message: standing.text, permanent: false };
      return { ...newsOf(operation, 'failed', null), error };
    }
    if (standing.kind !== 'succeeded') return goesOn;
    if (request.what === 'instance') return newsOf(operation, 'succeeded', {});
    const binding = await ports.brokers.call(at, fetching(resource, request));
    const fetched = bindingSchema.safeParse(binding.status === 200 ? binding.body : null);
    return fetched.success ? newsOf(operation, 'succeeded', fetched.data) : goesOn;
  },

  async remove(ports, operation) {
    const resource = await resourceAt(ports, operation);
    if (resource === null || (resource.unsure === 0 && !resource.confirmed)) return null;
    const request = await requestOf(ports, operation);
    return resource.removal === null
      ? beginRemoval(ports, resource, request)
      : endRemoval(ports, resource, request, resource.removal);
  },

  retire: (ports, operation) => brokerRemote.remove(ports, operation),

  /** What a call still on its way made after it was taken back. */
  async removeLate(ports, operation) {
    const resource = await resourceAt(ports, operation);
    if (resource === null) return true;
    const request = await requestOf(ports, operation);
    const reply = await deletion(ports, resource, request);
    if (reply.kind === 'failed') throw new PartnerFault(`${request.connection} did not delete it`);
    if (reply.kind === 'rejected') return keptFor(reply);
    return reply.kind === 'gone' && operation.checks >= EMPTY_LOOKS;
  },
};

const bindingSchema = z.looseObject({
  credentials: z.record(z.string(), z.unknown()).nullish(),
  metadata: z.looseObject({ expires_at: z.string().nullish() }).nullish(),
});

const callOf = ({ what }: BrokerRequest) => (what === 'instance' ? 'provision' : 'bind');
const dashboardPlace = (operationId: string) => ({
  table: 'broker_resources',
  row: operationId,
  field: 'sealed_dashboard',
});
const dashboardOf = ({ body }: Extract<Reply, { kind: 'done' | 'running' }>): string | null => {
  const url = body['dashboard_url'];
  return typeof url === 'string' && /^https?:\/\//.test(url) ? url : null;
};

const resourceAt = (ports: Ports, { id, instanceId }: OperationRow): Promise<BrokerResource | null> =>
  ports.stores.ofInstance(instanceId).brokerResources.get(id);
const requestOf = async (ports: Ports, operation: OperationRow): Promise<BrokerRequest> =>
  brokerRequestSchema.parse(await openRequest(ports, operation));

const resourceOf = (operation: OperationRow, request: BrokerRequest): BrokerResource => ({
  operationId: operation.id,
  instanceId: operation.instanceId,
  connection: request.connection,
  serviceInstanceId: request.serviceInstanceId,
  bindingId: request.what === 'binding' ? request.bindingId : null,
  planId: request.planId,
  unsure: 0,
  confirmed: false,
  running: null,
  removal: null,
  sealedDashboard: null,
  changed: 0,
  updatedAt: 0,
});

const newsOf = (
  { id }: OperationRow,
  state: PartnerNews['state'],
  result: Record<string, unknown> | null,
): PartnerNews => ({ operationId: brokerIdOf(id), resourceId: brokerIdOf(id), state, result });

async function pollingSecondsMax(
  ports: Ports,
  { connection, planId }: BrokerRequest,
): Promise<number | null> {
  const plan = await ports.registry.brokerPlans.plan(connection, planId);
  return plan === null ? null : plan.offer.pollingSecondsMax;
}

/** What tells of our own set-up is none of the customer's business. */
function rejectionText({ status, text }: Extract<Reply, { kind: 'rejected' }>): StepFailure {
  const isOurs = status === 401 || status === 403 || status === 412 || text === null;
  return {
    code: 'partner_refused',
    text: isOurs
      ? 'Our partner did not accept the order.'
      : `Our partner did not accept the order: ${readable(text)}`,
  };
}

async function deletion(ports: Ports, resource: BrokerResource, request: BrokerRequest) {
  const at = await brokerPlace(ports, request.connection);
  const answer = await ports.brokers.call(at, removing(resource, request));
  const call = resource.bindingId === null ? 'deprovision' : 'unbind';
  return {
    ...readReply(call, answer.status, answer.body),
    afterSeconds: answer.retryAfterSeconds ?? AGAIN_SECONDS,
  };
}

const keptFor = ({ text }: Extract<Reply, { kind: 'rejected' }>): StepFailure => ({
  code: 'partner_kept',
  text: `Our partner could not take it back${text === null ? '.' : `: ${readable(text)}`}`,
});

async function beginRemoval(
  ports: Ports,
  resource: BrokerResource,
  request: BrokerRequest,
): Promise<StepFailure | null> {
  const { operationId, instanceId, connection } = resource;
  const resources = ports.stores.ofInstance(instanceId).brokerResources;
  const reply = await deletion(ports, resource, request);
  switch (reply.kind) {
    case 'done':
    case 'gone':
      await resources.removed(operationId, ports.clock.now());
      return null;
    case 'running':
      await resources.removing(operationId, reply.operation, ports.clock.now());
      throw new NotNow(`${connection} is removing it`, BUSY, reply.afterSeconds);
    case 'busy':
      throw new NotNow(`${connection} is busy`, BUSY, reply.afterSeconds);
    case 'rejected':
      return keptFor(reply);
    case 'failed':
      throw new PartnerFault(`${connection} did not delete it`);
  }
}

/** A removal that failed, or that the broker knows nothing of, is asked for again. */
async function endRemoval(
  ports: Ports,
  resource: BrokerResource,
  request: BrokerRequest,
  removal: string,
): Promise<null> {
  const resources = ports.stores.ofInstance(resource.instanceId).brokerResources;
  const at = await brokerPlace(ports, request.connection);
  const answer = await ports.brokers.call(at, lookingAt(resource, request, removal));
  const standing = readStanding(true, answer.status, answer.body);
  const now = ports.clock.now();
  if (standing.kind === 'succeeded' || standing.kind === 'gone') {
    await resources.removed(resource.operationId, now);
    return null;
  }
  if (standing.kind === 'failed' || answer.status === 404)
    await resources.removing(resource.operationId, null, now);
  throw new NotNow(`${request.connection} is removing it`, BUSY, answer.retryAfterSeconds ?? AGAIN_SECONDS);
}
