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
  const looked = await lookAt(ports, call, { instanceId, customerId });
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

/** Ends that it renews by itself; that it does not yet is no error. */
export async function endRenewal(
  ports: Pick<Ports, 'provisioner' | 'renewals'>,
  call: CallContext,
  of: { instanceId: string; customerId: string },
): Promise<Result<null, PurchaseError>> {
  if (await ports.renewals.forget(of.instanceId, of.customerId)) return ok(null);
  const looked = await lookAt(ports, call, of);
  return looked.ok ? ok(null) : fail({ code: 'unknown_instance' });
}

const lookAt = (
  ports: Pick<Ports, 'provisioner'>,
  call: CallContext,
  of: { instanceId: string; customerId: string },
) => ports.provisioner.lookAtInstance(call, { ...of, kind: 'renew', plan: null });

/** As its owner reads it. */
export const renewalShown = (row: RenewalRow): InstanceRenewal => ({
  instanceId: row.instanceId,
  paymentMethodId: row.methodId,
  agreedAt: rfc3339(row.agreedAt),
  state: row.state,
  attempts: row.attempts,
  orderId: row.orderId,
});
