import type { OrderDocument } from '../document.ts';
import { fraudOf } from './record.ts';

/** What an assessment of the present payment looks at: another text, and it is out of date. */
export function subjectOf(document: OrderDocument): string {
  const { instrument, risk } = fraudOf(document);
  const { fingerprint = null, country = null } = instrument ?? {};
  return JSON.stringify([document.payment.attempt, document.total, fingerprint, country, risk]);
}
