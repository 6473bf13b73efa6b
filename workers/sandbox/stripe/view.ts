import type { Stripe } from 'stripe';

/** What the hosted page shows of a payment. `amount` counts minor units of `currency`. */
export interface PaymentView {
  id: string;
  clientSecret: string;
  amount: number;
  currency: string;
  status: string;
  manualCapture: boolean;
  orderNumber: string | null;
  lastError: string | null;
  challengeUrl: string | null;
}

export const paymentView = (intent: Stripe.PaymentIntent): PaymentView => ({
  id: intent.id,
  clientSecret: intent.client_secret ?? '',
  amount: intent.amount,
  currency: intent.currency.toUpperCase(),
  status: intent.status,
  manualCapture: intent.capture_method === 'manual',
  orderNumber: intent.metadata['order_number'] ?? null,
  lastError: intent.last_payment_error?.message ?? null,
  challengeUrl: intent.next_action?.redirect_to_url?.url ?? null,
});
