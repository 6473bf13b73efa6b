import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { Ports } from '../ports.ts';
import { authoredContext } from './save-product.ts';
import type { ProductKey } from './read-product.ts';

export type ArchiveFailure = { code: 'unknown_product' } | { code: 'changed_meanwhile' };

/**
 * Takes a product out of the shop; what customers bought of it stays theirs. Archiving twice is archiving once.
 * `readVersion` null: whichever version is there.
 */
export async function archiveProduct(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'requestId' | 'author'>,
  target: { key: ProductKey; readVersion: number | null },
): Promise<Result<'archived' | 'was_archived', ArchiveFailure>> {
  const product = await ports.catalogue.read(target.key);
  if (product === null) return fail({ code: 'unknown_product' });
  if (target.readVersion !== null && target.readVersion !== product.version)
    return fail({ code: 'changed_meanwhile' });
  if (product.status === 'archived') return ok('was_archived');
  const archived = await ports.catalogue.archive(
    { id: product.id, readVersion: product.version },
    authoredContext(ports),
  );
  return archived ? ok('archived') : fail({ code: 'changed_meanwhile' });
}
