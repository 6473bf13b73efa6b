import type { PartnerRefusal } from '../adapters/partner-api.ts';
import type { Ports } from '../ports.ts';
import type { StepFailure } from '../templates/template.ts';
import { type AccessCall, type AccessOutcome, type Connector, type Finding, ownDoor } from './connector.ts';
import { changeService } from './partner-change.ts';
import { partnerRemote } from './partner-remote.ts';
import { order, undoAt, undoTasks } from './remote-operations.ts';

const callbackUrl = (ports: Ports, id: string): string => `${ports.publicOrigin}/v1/partner-callbacks/${id}`;

/**
 * Asks the partner to suspend or resume what a step ordered. What was ordered and not made, or is gone, has no use to stop.
 */
const useOf =
  (wish: 'suspend' | 'resume') =>
  async (ports: Ports, { key, round, reason }: AccessCall): Promise<AccessOutcome> => {
    const operations = await ports.stores.ofInstance(key.instanceId).operations.of(key.instanceId, key.step);
    for (const { state, undoneAt, resource, resourceId, idempotencyKey } of operations) {
      if (state !== 'succeeded' || undoneAt !== null || resourceId === null) continue;
      if (resource !== 'services') continue;
      const answer = await ports.partner.changeUse(resource, resourceId, {
        wish,
        reason,
        sequence: round,
        idempotencyKey: `${idempotencyKey}/${wish}/${round}`,
      });
      if (answer.kind === 'refused') return { kind: 'kept', failure: useText(wish, answer) };
    }
    return { kind: 'done' };
  };

const useText = (wish: 'suspend' | 'resume', { message }: PartnerRefusal): StepFailure => ({
  code: `partner_refused_to_${wish}`,
  text: `Our partner did not ${wish} it${message === null ? '.' : `: ${message}`}`,
});

/** Its breaker tells; a request of its own would say nothing about an order. */
const check = async (ports: Ports): Promise<Finding[]> => ports.gates.findings('partner');

/** The partner's plans know no quantity of their own: it goes along as a parameter. */
export const orderService: Connector<'partner.order-service'> = {
  execute: (call) =>
    order(partnerRemote, 'services', call, (id) => {
      const { reference, plan, parameters, quantity } = call.input;
      return {
        reference,
        plan,
        parameters: { ...parameters, quantity },
        callbackUrl: callbackUrl(call.ports, id),
      };
    }),
  check,
  explain: ({ plan, quantity }) => `Orders ${quantity} of the plan ${plan} from the partner.`,
  undoTasks,
  undo: undoAt(partnerRemote),
  suspend: useOf('suspend'),
  resume: useOf('resume'),
  ...changeService,
};
/** A parcel that was sent is out of everybody's hands. */
export const orderShipment: Connector<'partner.order-shipment'> = {
  execute: (call) =>
    order(partnerRemote, 'shipments', call, (id) => {
      const { reference, address, weightGrams, sku, title, quantity } = call.input;
      return {
        reference,
        address,
        weightGrams,
        items: [{ sku, title, quantity }],
        callbackUrl: callbackUrl(call.ports, id),
      };
    }),
  check,
  explain: ({ weightGrams, sku, quantity }) =>
    `Hands ${quantity} × ${sku} (${weightGrams} g) to the fulfilment partner.`,
  undoTasks,
  undo: undoAt(partnerRemote),
  ...ownDoor,
};
