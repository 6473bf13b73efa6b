import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { NotNow } from '../../adapters/not-now.ts';
import { PartnerFault } from '../../adapters/partner-fault.ts';
import { readable } from '../../adapters/partner-api.ts';
import type { BrokerResource } from '../../queries/broker-resources.ts';
import type { StepFailure } from '../../templates/template.ts';
import type { ChangeCall, ChangeOutcome, Connector } from '../connector.ts';
import { openRequest } from '../remote.ts';
import { lookingAt, updating } from './calls.ts';
import { parameterFault } from './parameters.ts';
import { brokerPlace } from './place.ts';
import { readReply, readStanding } from './reply.ts';
import { type BrokerRequest, brokerRequestSchema } from './requests.ts';

type Call = ChangeCall<'broker.provision'>;
interface There {
  resource: BrokerResource;
  request: BrokerRequest;
}
const AGAIN_SECONDS = 5;
const UNCHANGED: ChangeOutcome = { kind: 'done', output: null };

/** Another plan or other parameters for a service instance while it runs ("Updating a Service Instance"). */
export const changeInstance: Pick<Required<Connector<'broker.provision'>>, 'update' | 'settle'> = {
  async update(call) {
    const there = await instanceOf(call);
    if (there === null) return { kind: 'refused', failure: GONE };
    const fault = await changeFault(call, there);
    if (fault !== null) return { kind: 'refused', failure: fault };
    const { ports, instance, before, input, sequence } = call;
    const resources = ports.stores.ofInstance(instance.id).brokerResources;
    // Of two changes the greater counts: an older one that arrives late changes nothing.
    if (!(await resources.hear(there.resource.operationId, sequence))) return UNCHANGED;
    const at = await brokerPlace(ports, input.connection);
    const answer = await ports.brokers.call(at, updating(there.resource, there.request, { before, input }));
    const reply = readReply('update', answer.status, answer.body);
    switch (reply.kind) {
      case 'done':
        await changed(call, there);
        return UNCHANGED;
      case 'running':
        return { kind: 'pending', token: reply.operation };
      case 'busy':
        throw new NotNow(
          `${input.connection} is busy`,
          'The partner is at work on it.',
          answer.retryAfterSeconds ?? AGAIN_SECONDS,
        );
      case 'rejected':
        return { kind: 'refused', failure: refused(reply.text) };
      case 'gone':
      case 'failed':
        throw new PartnerFault(`${input.connection} answered ${answer.status ?? 'nothing in time'}`);
    }
  },

  async settle(call, token) {
    const there = await instanceOf(call);
    if (there === null) return { kind: 'refused', failure: GONE };
    const at = await brokerPlace(call.ports, call.input.connection);
    const answer = await call.ports.brokers.call(at, lookingAt(there.resource, there.request, token));
    const standing = readStanding(false, answer.status, answer.body);
    if (standing.kind === 'failed') return { kind: 'refused', failure: refused(standing.text) };
    if (standing.kind !== 'succeeded') return { kind: 'pending', token };
    await changed(call, there);
    return UNCHANGED;
  },
};

/** Credentials are of the service instance, whatever plan that has by now. With other parameters they would be others. */
export const keepBinding: Pick<Required<Connector<'broker.bind'>>, 'update'> = {
  update({ before, input }) {
    const { planId: _before, ...bound } = before;
    const { planId: _now, ...wanted } = input;
    const isKept = canonicalJson(bound) === canonicalJson(wanted);
    return Promise.resolve(isKept ? UNCHANGED : { kind: 'refused', failure: FIXED });
  },
};

const changed = ({ ports, instance, input }: Call, { resource }: There): Promise<void> =>
  ports.stores
    .ofInstance(instance.id)
    .brokerResources.planChanged(instance.id, resource.serviceInstanceId, input.planId, ports.clock.now());

async function instanceOf({ ports, instance, step }: Call): Promise<There | null> {
  const store = ports.stores.ofInstance(instance.id);
  const operations = await store.operations.of(instance.id, step.name);
  const live = operations.find(({ state, undoneAt }) => state === 'succeeded' && undoneAt === null);
  const resource = live === undefined ? null : await store.brokerResources.get(live.id);
  if (live === undefined || resource === null) return null;
  return { resource, request: brokerRequestSchema.parse(await openRequest(ports, live)) };
}

/** Why the broker will not do it, by its catalogue as it was last read. */
async function changeFault(
  { ports, input }: Call,
  { resource, request }: There,
): Promise<StepFailure | null> {
  if (input.connection !== request.connection || input.serviceId !== request.serviceId) return FIXED;
  const { brokerPlans } = ports.registry;
  const [from, to] = await Promise.all([
    brokerPlans.plan(input.connection, resource.planId),
    brokerPlans.plan(input.connection, input.planId),
  ]);
  if (to?.serviceId !== input.serviceId) return FIXED;
  if (input.planId !== resource.planId && from?.offer.planUpdateable !== true) return FIXED;
  const fault = parameterFault(to.offer.schemas.update, input.parameters);
  return fault === null
    ? null
    : { code: 'parameters_unfit', text: `What was chosen does not fit the service: ${fault}`.slice(0, 500) };
}

const refused = (words: string | null): StepFailure => ({
  code: 'partner_refused',
  text: `Our partner did not accept the change${words === null || words === '' ? '.' : `: ${readable(words)}`}`,
});
const GONE: StepFailure = { code: 'resource_gone', text: 'Our partner does not have it any more.' };
const FIXED: StepFailure = {
  code: 'plan_fixed',
  text: 'Our partner cannot change it to that: order it anew.',
};
