import type { Instance } from '#shared/contracts/http/instances.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../ports.ts';
import { type Reader, readInstance } from './instances.ts';

export interface Labels {
  id: string;
  /** The one the change was decided on; null: whichever. */
  version: number | null;
  tags?: readonly string[] | undefined;
  metadata?: Record<string, string> | undefined;
}

/** Writes tags and metadata. Answers with the instance as it is then. */
export async function labelInstance(
  ports: Ports,
  reader: Reader,
  { id, version, tags, metadata }: Labels,
): Promise<Result<{ instance: Instance; version: number }, 'unknown_instance' | 'instance_changed'>> {
  const before = await readInstance(ports, reader, id);
  if (!before.ok) return before;
  const { customerId } = before.value.instance;
  const written = await ports.stores
    .ofCustomer(customerId)
    .documents.label(id, { tags, metadata }, { version, now: ports.clock.now() });
  return written === null ? fail('instance_changed') : readInstance(ports, reader, id);
}
