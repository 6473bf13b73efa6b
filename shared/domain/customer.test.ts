import { expect, it } from 'vitest';
import { newId } from '#shared/ids/ids.ts';
import {
  buyerName,
  buyerNamed,
  buyerNameSchema,
  customerIdSchema,
  customerOf,
  organisationIn,
} from './customer.ts';

it('what a person buys for an organisation is the organisation’s, and is kept apart from what is their own', () => {
  const personId = newId('user');
  const organisationId = newId('organisation');
  const [alone, acting] = [
    { personId, organisationId: null },
    { personId, organisationId },
  ];
  expect([customerOf(alone), customerOf(acting)]).toEqual([personId, organisationId]);
  expect([alone, acting].map(buyerName).map(buyerNamed)).toEqual([alone, acting]);
  expect([alone, acting].map(customerOf).map(organisationIn)).toEqual([null, organisationId]);
  expect([alone, acting].every((buyer) => buyerNameSchema.safeParse(buyerName(buyer)).success)).toBe(true);
  expect(customerIdSchema.safeParse(buyerName(acting)).success).toBe(false);
});
