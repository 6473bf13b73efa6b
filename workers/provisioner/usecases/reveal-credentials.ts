import type { Delivery } from '#shared/contracts/http/instances.ts';
import { sha256 } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { newIdBeside } from '#shared/ids/shard.ts';
import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import { secretsOf, presentDelivery } from '../templates/delivery.ts';
import { openDelivery } from '../workflows/line-facts.ts';

export type RevealError = 'unknown_instance' | 'not_active' | 'suspended' | 'no_credentials' | 'seen_before';

/**
 * Shows credentials to their owner: once to whoever asks first, afterwards to whoever has just shown who they are. New ones,
 * after a rotation, are shown once anew. It is written down before anything is shown.
 */
export async function revealCredentials(
  ports: Ports,
  asked: { customerId: string; instanceId: string; by: string; isFresh: boolean; requestId: string },
): Promise<Result<Delivery, RevealError>> {
  const { customerId, instanceId, by, isFresh, requestId } = asked;
  const store = ports.stores.ofCustomer(customerId);
  const instance = await store.instances.get(instanceId);
  if (instance?.customerId !== customerId) return fail('unknown_instance');
  if (instance.state === 'suspended') return fail('suspended');
  const { sealedDelivery, activatedAt } = instance;
  if (instance.state !== 'active' || sealedDelivery === null || activatedAt === null)
    return fail('not_active');
  const stored = await openDelivery(ports, instanceId, sealedDelivery);
  const delivery = presentDelivery(stored, { activatedAt, endsAt: instance.endsAt, downloadsLeft: 0 });
  const secrets = secretsOf(delivery);
  if (secrets.length === 0) return fail('no_credentials');
  const [mark = '', ...before] = await ports.sealer.marks(secrets, revealPlace(instanceId));
  const isShown = await store.reveals.reveal({
    id: newIdBeside('reveal', instanceId),
    instanceId,
    credentials: mark,
    // By the sealed delivery: an earlier release named them so.
    alsoKnownAs: [...before, sha256(sealedDelivery)],
    by,
    isFresh,
    requestId,
    now: ports.clock.now(),
  });
  if (!isShown) return fail('seen_before');
  log.info('credentials revealed', { requestId, instanceId, by, isFresh });
  return ok(delivery);
}

const revealPlace = (instanceId: string) => ({
  table: 'credential_reveals',
  row: instanceId,
  field: 'credentials',
});
