import type { OrderDocument } from '../document.ts';
import { fraudOf } from './record.ts';

/** What an assessment of the present payment looks at: another text, and it is out of date. */
export function subjectOf(document: OrderDocument): string {
  const { instrument, risk } = fraudOf(document);
  const { fingerprint = null, country = null } = instrument ?? {};
  return JSON.stringify([document.payment.attempt, document.total, fingerprint, country, risk]);
}

/** Which of the order's payments an assessment looked at; of an order that is older than its assessments, the first. */
export function attemptOf(subject: string | null): number {
  const [attempt] = subject?.startsWith('[') === true ? (JSON.parse(subject) as [number]) : [1];
  return attempt;
}

/** A payment that took the place of another one was not looked at with it. */
export const isAnotherPayment = ({ payment }: OrderDocument, subject: string | null): boolean =>
  attemptOf(subject) !== payment.attempt;
