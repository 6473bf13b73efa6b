import type { PlanOffer } from '#shared/contracts/http/service-brokers.ts';
import type { Ports } from '../../ports.ts';
import type { OperationRow } from '../../queries/operations.ts';
import type { StepKey } from '../../queries/steps.ts';
import type { StepFailure } from '../../templates/template.ts';
import {
  type Connector,
  type Finding,
  type OperationCall,
  type Outcome,
  ownDoor,
  type UndoOutcome,
  type UndoTask,
} from '../connector.ts';
import { order } from '../remote-operations.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { changeInstance, keepBinding } from './change.ts';
import { parameterFault } from './parameters.ts';
import { brokerRemote } from './remote.ts';
import { rotateBinding } from './rotate.ts';
import { BROKER_RESOURCES, brokerIdOf, type BrokerRequest } from './requests.ts';

type Stated = { connection: string; serviceId: string; planId: string; parameters: Record<string, unknown> };
type Use = 'provision' | 'bind';

/** First look whether a call that broke off has made something after it was taken back. */
const LATE_CHECK_DELAY_MS = 30 * SECOND_MS;

/** Why a plan cannot be ordered like that, by the catalogue as it was last read; null: it can. */
export async function planFault(ports: Ports, stated: Stated, use: Use): Promise<StepFailure | null> {
  const plan = await ports.registry.brokerPlans.plan(stated.connection, stated.planId);
  if (plan === null || plan.serviceId !== stated.serviceId)
    return { code: 'plan_unknown', text: 'Our partner does not offer this any more.' };
  if (use === 'bind' && !plan.offer.bindable)
    return { code: 'plan_unbindable', text: 'Our partner gives no access data for this.' };
  return parametersFault(plan.offer, stated, use);
}

function parametersFault({ schemas }: PlanOffer, { parameters }: Stated, use: Use): StepFailure | null {
  const fault = parameterFault(schemas[use], parameters);
  if (fault === null) return null;
  return {
    code: 'parameters_unfit',
    text: `What was chosen does not fit the service: ${fault}`.slice(0, 500),
  };
}

/** A try anew has ids of its own: what the tries before may have left is removed first. Null: nothing is left. */
async function clearEarlier(ports: Ports, key: StepKey): Promise<StepFailure | null> {
  const { operations } = ports.stores.ofInstance(key.instanceId);
  for (const earlier of await operations.of(key.instanceId, key.step)) {
    if (earlier.undoneAt !== null || isUnderWay(earlier)) continue;
    const kept = await brokerRemote.remove(ports, earlier);
    if (kept !== null) return kept;
    await operations.undone(earlier.id, ports.clock.now(), null);
  }
  return null;
}
const isUnderWay = ({ state }: OperationRow): boolean => state === 'requested' || state === 'in_progress';

async function place(
  call: Omit<OperationCall<'broker.provision'>, 'input'> & { input: Stated },
  use: Use,
  requestOf: (id: string, common: Omit<BrokerRequest, 'what' | 'serviceInstanceId'>) => BrokerRequest,
): Promise<Outcome> {
  const { ports, instance, step, input } = call;
  const fault = await planFault(ports, input, use);
  if (fault !== null) return { kind: 'refused', failure: fault };
  const key = { instanceId: instance.id, step: step.name };
  const kept = call.attempt === 1 ? null : await clearEarlier(ports, key);
  if (kept !== null) return { kind: 'refused', failure: kept };
  const { connection, serviceId, planId, parameters } = input;
  const { customerId: userId, requestId } = instance;
  const common = { connection, serviceId, planId, parameters, userId, requestId };
  const resource = use === 'provision' ? BROKER_RESOURCES.instance : BROKER_RESOURCES.binding;
  return order(brokerRemote, resource, { ...call, input: { ...input } }, (id) => requestOf(id, common));
}

/** Everything that a call may have left at the broker is deleted, without being asked for again. */
const undoing = {
  async undoTasks(ports: Ports, key: StepKey): Promise<UndoTask[]> {
    const operations = await ports.stores.ofInstance(key.instanceId).operations.of(key.instanceId, key.step);
    return operations
      .filter(({ undoneAt }) => undoneAt === null)
      .map(({ id, attempt }) => ({ name: `remove ${attempt}`, task: 'remove' as const, operationId: id }));
  },
  async undo(ports: Ports, key: StepKey, { operationId }: UndoTask): Promise<UndoOutcome> {
    const { operations } = ports.stores.ofInstance(key.instanceId);
    const operation = operationId === null ? null : await operations.get(operationId);
    if (operation === null) return { kind: 'undone' };
    const kept = await brokerRemote.remove(ports, operation);
    if (kept !== null) return { kind: 'kept', failure: kept };
    const now = ports.clock.now();
    await operations.undone(operation.id, now, now + LATE_CHECK_DELAY_MS);
    return { kind: 'undone' };
  },
};

const checked =
  (use: Use) =>
  async (ports: Ports, input: Stated): Promise<Finding[]> => {
    const found = await ports.registry.connections.get(input.connection);
    if (found?.kind !== 'broker' || found.status === 'archived')
      return [{ isObstacle: true, text: `There is no broker ${input.connection}.` }];
    const fault = await planFault(ports, input, use);
    const plan = await ports.registry.brokerPlans.plan(input.connection, input.planId);
    const refused = await ports.brokers.refusal(found.baseUrl);
    return [
      ...(fault === null ? [] : [{ isObstacle: true, text: fault.text }]),
      ...(plan?.status === 'withdrawn'
        ? [{ isObstacle: false, text: `${input.connection} offers ${plan.offer.plan} no more.` }]
        : []),
      ...(refused === null
        ? []
        : [{ isObstacle: true, text: `The address of ${input.connection} ${refused}.` }]),
      ...(await ports.gates.findings(`broker:${input.connection}`)),
    ];
  };

/** A service instance of any service broker. */
export const provisionService: Connector<'broker.provision'> = {
  execute: (call) =>
    place(call, 'provision', (id, common) => ({
      ...common,
      what: 'instance',
      serviceInstanceId: brokerIdOf(id),
      orderId: call.instance.orderId,
      title: call.instance.title,
    })),
  check: checked('provision'),
  ...changeInstance,
  explain: ({ connection, planId }) => `Provisions an instance of the plan ${planId} at ${connection}.`,
  ...undoing,
  // A broker knows no pause: our door is what can be shut.
  ...ownDoor,
};

/** Credentials for a service instance. */
export const bindService: Connector<'broker.bind'> = {
  execute: (call) =>
    place({ ...call, input: call.input }, 'bind', (id, common) => ({
      ...common,
      what: 'binding',
      serviceInstanceId: call.input.serviceInstance,
      bindingId: brokerIdOf(id),
      predecessorBindingId: null,
    })),
  check: checked('bind'),
  ...keepBinding,
  ...rotateBinding,
  explain: ({ connection }) => `Has ${connection} give credentials for what it provisioned.`,
  ...undoing,
  ...ownDoor,
};
