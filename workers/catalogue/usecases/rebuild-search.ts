import type { Ports } from '../ports.ts';

/**
 * Owes every product's row in lists and search anew; answers how many. Readers keep the old rows until the new ones are
 * there, and a product that changes meanwhile is never set back.
 */
export const rebuildSearch = (ports: Pick<Ports, 'catalogue' | 'clock' | 'requestId'>): Promise<number> =>
  ports.catalogue.wakeEveryProduct({ requestId: ports.requestId, nowMs: ports.clock.now() });
