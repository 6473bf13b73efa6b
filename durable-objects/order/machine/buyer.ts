import { type Buyer, organisationIn } from '#shared/domain/customer.ts';
import type { OrderDocument } from './document.ts';

/** Who bought it. Payment methods, risk and mails are the person's; the order is the organisation's, where they acted for one. */
export const buyerIn = ({
  customerId,
  placedBy = customerId,
}: Pick<OrderDocument, 'customerId' | 'placedBy'>): Buyer => ({
  personId: placedBy,
  organisationId: organisationIn(customerId),
});
