import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import { authoredContext } from './save-product.ts';

/** Publishes what was scheduled for a time that has come, and tells of what could not be. */
export async function publishScheduled(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'requestId' | 'author'>,
): Promise<void> {
  const { requestId } = ports;
  const { published, heldBack, failed } = await ports.catalogue.publishDue(authoredContext(ports));
  if (published > 0) log.info('products published', { requestId, published });
  if (heldBack.length > 0) log.error('products name no template that is there', { requestId, heldBack });
  for (const { productId, error } of failed)
    log.error('product not published', { requestId, productId, error });
}
