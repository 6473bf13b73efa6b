import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { SuspendedInstance } from '#shared/contracts/http/instances.ts';
import { isOrdersCause, type SuspensionCause } from '#shared/domain/suspension.ts';
import { log } from '#shared/observability/log.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import { carryOut } from './carry-out-access.ts';
import { sendReports } from './reports.ts';

export interface OperatorWish {
  id: string;
  suspended: boolean;
  /** What the operator wrote; null: nothing. */
  note: string | null;
  by: string;
}

/**
 * An operator suspends one instance, or takes that back: a cause of its own beside the order's, so that what suspends it
 * for another reason goes on doing so. Repeats change nothing but the history, which keeps who and why each time.
 */
export async function suspendInstance(
  ports: Ports,
  { id, suspended, note, by }: OperatorWish,
  requestId: string,
): Promise<Result<SuspendedInstance, 'unknown_instance'>> {
  const store = ports.stores.ofInstance(id);
  const instance = await store.instances.get(id);
  if (instance === null) return fail('unknown_instance');
  const now = ports.clock.now();
  const { orderId, lineId } = instance;
  const subject = { instanceId: id, orderId, lineId, requestId, now };
  const words = `${suspended ? 'Suspended' : 'Resumed'} by ${by}${note === null ? '.' : `: ${note}`}`;
  await store.accesses.wish({
    ...subject,
    cause: 'operator',
    wanted: suspended,
    sequence: null,
    reason: 'by_operator',
    note,
    by,
    history: { type: suspended ? 'operator.suspended' : 'operator.resumed', text: words },
  });
  log.info(suspended ? 'instance suspended by hand' : 'instance resumed by hand', {
    requestId,
    instanceId: id,
    by,
  });
  await carryOut(ports, id);
  await sendReports(ports, id);
  return readSuspensions(ports, id);
}

/** Which of the orders it was is theirs to know. */
const publicCause = (cause: SuspensionCause): SuspendedInstance['suspensions'][number]['cause'] =>
  isOrdersCause(cause) ? 'order' : cause;

/** Why an instance is suspended, for staff. */
export async function readSuspensions(
  ports: Ports,
  id: string,
): Promise<Result<SuspendedInstance, 'unknown_instance'>> {
  const store = ports.stores.ofInstance(id);
  const [instance, access, causes] = await Promise.all([
    store.instances.get(id),
    store.accesses.get(id),
    store.accesses.causes(id),
  ]);
  if (instance === null) return fail('unknown_instance');
  const { state, detail } = instance;
  return ok({
    id,
    state,
    detail,
    suspensions: causes.map(({ cause, reason, note, by, since }) => ({
      cause: publicCause(cause),
      reason,
      note,
      by,
      since: rfc3339(since),
    })),
    carriedOut:
      access === null || access.state === 'done' ? 'done' : access.state === 'stuck' ? 'stuck' : 'pending',
  });
}
