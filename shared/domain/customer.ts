import { z } from 'zod';
import { ID_PREFIXES, idSchema } from '#shared/ids/ids.ts';

/** Whose orders and instances they are: a person's, or an organisation's. */
export const customerIdSchema = z.union([idSchema('user'), idSchema('organisation')]);

/** The organisation that a customer is; null: a person. */
export const organisationIn = (customerId: string): string | null =>
  customerId.startsWith(`${ID_PREFIXES.organisation}_`) ? customerId : null;

/** Who buys: a person for themselves, or a person for an organisation they act for. */
export interface Buyer {
  personId: string;
  organisationId: string | null;
}

/** Whose it is what they buy, and whose things they see. */
export const customerOf = ({ personId, organisationId }: Buyer): string => organisationId ?? personId;

/**
 * What a buyer is known by: `usr_…`, or `usr_…:org_…`. Carts and Idempotency-Keys are kept under it, so what a person does
 * for themselves and for each organisation stays apart.
 */
export const buyerName = ({ personId, organisationId }: Buyer): string =>
  organisationId === null ? personId : `${personId}:${organisationId}`;
export const buyerNameSchema = z.string().regex(/^usr_[0-9a-f]{32}(:org_[0-9a-f]{32})?$/);

export function buyerNamed(name: string): Buyer {
  const [personId = '', organisationId = null] = name.split(':');
  return { personId, organisationId };
}
