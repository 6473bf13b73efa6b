import { sha256Hex } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../../ports.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';
import { NUDGE_AFTER_MS } from '../nudge.ts';
import type { Asker, LifecycleError } from './ask.ts';
import { drive } from './drive.ts';

const CODE = /^([0-9a-f]{32})\.([0-9a-f]{32})\.[\w-]{32}$/;

/**
 * Accepts what somebody offers, by the code they were given. Whoever accepts first is the receiver; the credentials are
 * renewed before they see any. Safe to repeat for whoever accepted.
 */
export async function acceptTransfer(
  ports: Ports,
  asker: Asker,
  code: string,
  requestId: string,
): Promise<Result<LifecycleRow, LifecycleError>> {
  const [, instancePart = '', operationPart = ''] = CODE.exec(code) ?? [];
  if (instancePart === '') return fail('unknown_transfer');
  const instanceId = `${ID_PREFIXES.instance}_${instancePart}`;
  const id = `${ID_PREFIXES.lifecycleOperation}_${operationPart}`;
  const { lifecycles } = ports.stores.ofInstance(instanceId);
  const offered = await lifecycles.get(id);
  if (offered?.kind !== 'transfer' || offered.codeHash !== sha256Hex(code)) return fail('unknown_transfer');
  if (offered.customerId === asker.customerId && offered.state === 'offered') return fail('own_transfer');
  const now = ports.clock.now();
  const accepted = await ports.stores.everywhere((store, isOpenHere) =>
    store.lifecycles.accept(offered, asker.customerId, {
      by: asker.userId,
      now,
      nudgeAt: now + NUDGE_AFTER_MS,
      isOpenHere,
    }),
  );
  const isFirst = accepted.includes(true);
  const operation = await lifecycles.get(id);
  const { receiver } = (operation?.request ?? {}) as { receiver?: string };
  if (operation?.state === 'offered' && (operation.dueAt ?? 0) > now) return fail('not_transferable');
  if (operation === null || receiver !== asker.customerId) return fail('unknown_transfer');
  if (isFirst) {
    log.info('transfer accepted', { requestId, instanceId, operationId: id });
    await drive(ports, operation, requestId);
  }
  return ok(operation);
}
