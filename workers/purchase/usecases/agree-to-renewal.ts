import type { CallContext } from '#shared/contracts/call.ts';
import type { AgreeToRenewal, InstanceRenewal } from '#shared/contracts/http/instance-changes.ts';
import type { Buyer } from '#shared/domain/customer.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { PurchaseError } from '../problem.ts';
import type { Ports } from '../ports.ts';
import type { RenewalRow } from '../queries/instance-renewals.ts';

/** Notes that an owner wants a product of his renewed by itself. The sweeper does the rest. */
export async function agreeToRenewal(
  ports: Pick<Ports, 'provisioner' | 'renewals'>,
  call: CallContext,
  input: { buyer: Buyer; instanceId: string; wanted: AgreeToRenewal; now: number },
): Promise<Result<RenewalRow, PurchaseError>> {
  const { buyer, instanceId, wanted, now } = input;
  // A colleague's own card is not charged for years after he left.
  if (buyer.organisationId !== null)
    return fail({ code: 'not_now', detail: 'What an organisation owns is renewed by hand.' });
  const { personId: customerId } = buyer;
  const looked = await ports.provisioner.lookAtInstance(call, {
    instanceId,
    customerId,
    kind: 'renew',
    plan: null,
  });
  if (!looked.ok) return fail({ code: 'unknown_instance' });
  if (looked.value.endsAt === null)
    return fail({ code: 'not_now', detail: 'It has no term that could be renewed.' });
  const row: RenewalRow = {
    instanceId,
    customerId,
    methodId: wanted.paymentMethodId,
    destination: wanted.destination ?? null,
    locale: wanted.locale,
    agreedAt: now,
    state: 'on',
    remindedOf: null,
    attempts: 0,
    quoteId: null,
    orderId: null,
    lookAt: now,
  };
  await ports.renewals.agree(row);
  log.info('renewal agreed to', { ...call, instanceId, customerId });
  return ok((await ports.renewals.of(instanceId, customerId)) ?? row);
}

/** As its owner reads it. */
export const renewalShown = (row: RenewalRow): InstanceRenewal => ({
  instanceId: row.instanceId,
  paymentMethodId: row.methodId,
  agreedAt: rfc3339(row.agreedAt),
  state: row.state,
  attempts: row.attempts,
  orderId: row.orderId,
});
