import type { InstanceChange } from '#shared/contracts/instance-changes.ts';
import type { LifecycleRow } from '../../queries/lifecycle.ts';

/** What an operation that an order pays for is to do, as its row keeps it. */
export interface OrderedRequest {
  kind: InstanceChange['kind'];
  days: InstanceChange['days'];
  /** The end of the term before it; null: there was none. */
  endedAt: number | null;
}

/** Null: no order asked for it. */
export const orderedRequest = ({ handle, request }: LifecycleRow): OrderedRequest | null =>
  handle === null ? null : (request as OrderedRequest);
