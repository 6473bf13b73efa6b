import { GRACE_DAYS } from '#shared/contracts/http/lifecycle.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import { newRequestId } from '#shared/http/request-id.ts';
import type { Ports } from '../../ports.ts';
import { carryOut } from '../carry-out-access.ts';
import { sendReports } from '../reports.ts';
import { operationId } from './operation-id.ts';

/** Puts out of use what has come to the end of its term; what nobody renews is removed after its grace. */
export async function expireDue(ports: Ports, limit: number): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.stores.gather(
    (store) => store.instances.toExpire(now, limit),
    ({ customerId }) => customerId,
  );
  for (const { endsAt, ...instance } of due) {
    const dueAt = now + GRACE_DAYS.default * DAY_MS;
    await ports.stores.ofInstance(instance.id).lifecycles.expire(
      { ...instance, requestId: newRequestId() },
      {
        id: operationId([instance.id, 'expired', String(endsAt)], instance.id),
        dueAt,
        text: `Its term has ended. What is not renewed by ${rfc3339(dueAt)} is removed.`,
      },
      now,
    );
    await carryOut(ports, instance.id);
    await sendReports(ports, instance.id);
  }
  return due.length;
}
