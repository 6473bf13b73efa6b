import type { Decline, Ending, TestMethod } from './types.ts';

export const APPROVED: Ending = { kind: 'approved' };

/** A refusal by the customer's bank. */
export const declined = (code: string, declineCode: string | null, message: string): Decline => ({
  kind: 'declined',
  code,
  declineCode,
  message,
  by: 'issuer',
});

const NORMAL_RISK_SCORE = 12;

const USUAL: Omit<TestMethod, 'token' | 'type' | 'number' | 'title' | 'brand'> = {
  aliases: [],
  funding: 'credit',
  country: 'US',
  wallet: null,
  outcome: APPROVED,
  refunds: 'at_once',
  aftermath: null,
  depositsFail: false,
  threeDSecure: 'not_enrolled',
  offSession: 'as_present',
  attachable: true,
  risk: { level: 'normal', score: NORMAL_RISK_SCORE },
  checks: { cvc: 'pass', postalCode: null, line1: null },
};

/** A test card: a Visa that succeeds, but for what is told. */
export const card = (
  token: string,
  number: string | null,
  title: string,
  more: Partial<TestMethod> = {},
): TestMethod => ({ ...USUAL, token, type: 'card', number, title, brand: 'visa', ...more });

/** A test account of another type. */
export const account = (
  type: TestMethod['type'],
  token: string,
  number: string | null,
  title: string,
  more: Partial<TestMethod> = {},
): TestMethod => ({
  ...USUAL,
  token,
  type,
  number,
  title,
  brand: type,
  threeDSecure: 'unsupported',
  checks: { cvc: null, postalCode: null, line1: null },
  ...more,
});
