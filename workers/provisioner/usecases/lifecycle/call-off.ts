import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';
import { NUDGE_AFTER_MS } from '../nudge.ts';
import type { Asker, LifecycleError } from './ask.ts';
import { endWish } from './drive.ts';

/** Calls off what has not begun, an offer, or an end within its grace; what staff asked for, staff alone. Safe to repeat. */
export async function callOff(
  ports: Ports,
  asker: Asker,
  { instanceId, id, requestId }: { instanceId: string; id: string; requestId: string },
): Promise<Result<LifecycleRow, LifecycleError>> {
  const store = ports.stores.ofInstance(instanceId);
  const found = await findOperation(ports, asker, instanceId, id);
  if (!found.ok) return found;
  const operation = found.value;
  if (operation.state === 'called_off') return ok(operation);
  // An end that came by itself is put off by renewing.
  if (operation.askedAs === 'clock') return fail('too_late');
  if (operation.askedAs === 'operator' && !asker.operates) return fail('operators_alone');
  const now = ports.clock.now();
  const turned = await store.lifecycles.turn({
    id,
    from: ['scheduled', 'offered', 'grace'],
    to: 'called_off',
    now,
    history: { type: `lifecycle.${operation.kind}.called_off`, text: `Called off by ${asker.userId}.` },
    nudgeAt: operation.kind === 'terminate' ? now + NUDGE_AFTER_MS : null,
  });
  if (!turned) return fail('too_late');
  log.info('lifecycle operation called off', { requestId, instanceId, operationId: id });
  if (operation.kind === 'terminate') await endWish(ports, operation);
  return ok((await store.lifecycles.get(id)) ?? operation);
}

/** An operation of an instance that its reader may see. */
export async function findOperation(
  ports: Ports,
  reader: { customerId: string; operates: boolean },
  instanceId: string,
  id: string,
): Promise<Result<LifecycleRow, 'unknown_instance' | 'unknown_lifecycle'>> {
  const store = ports.stores.ofInstance(instanceId);
  const standing = await store.lifecycles.standing(id);
  if (standing === null || standing.instance.id !== instanceId) return fail('unknown_lifecycle');
  const isTheirs = standing.instance.customerId === reader.customerId;
  return isTheirs || reader.operates ? ok(standing.operation) : fail('unknown_lifecycle');
}
