import type { PaymentError, PaymentSnapshot } from '#shared/contracts/payments.ts';
import { fail, type Result } from '#shared/domain/result.ts';
import { paymentError } from '#shared/contracts/payments.ts';
import type { NewPayment, PaymentGateway } from './ports.ts';
import { accountOf } from './saved-methods/account.ts';
import type { VaultPorts } from './saved-methods/ports.ts';

/**
 * Opens the payment of an order, as its customer's where he is known. A kept method is charged only if it is his; when it
 * is his no more, a payment opened with it before counts all the same.
 */
export async function openPayment(
  ports: VaultPorts & { gateway: PaymentGateway },
  input: NewPayment,
): Promise<Result<PaymentSnapshot, PaymentError>> {
  const { customerId = null, savedMethodId = null, existing = false } = input;
  if (customerId === null) {
    if (existing) return openedBefore(ports.gateway, input, NOT_OPENED);
    return savedMethodId === null
      ? ports.gateway.create(input)
      : fail(paymentError('not_found', 'a kept method belongs to a customer'));
  }
  const account = await accountOf(ports, customerId);
  if (!account.ok) return account;
  // Another account makes it another request, which the key of the first must not stand for.
  const idempotencyKey = `${input.idempotencyKey}:${account.value}`;
  const payment = { ...input, account: account.value, idempotencyKey };
  if (existing) return openedBefore(ports.gateway, payment, NOT_OPENED);
  if (savedMethodId !== null) {
    const found = await ports.vault.find(account.value, savedMethodId);
    if (!found.ok)
      return found.error.code === 'not_found' ? openedBefore(ports.gateway, payment, found) : found;
  }
  const opened = await ports.gateway.create(payment);
  if (opened.ok || !isAccountLost(opened.error)) return opened;
  // Deleted at the provider by hand. The next attempt opens another one.
  await ports.customers.forget(customerId, account.value, ports.clock.now());
  return fail(paymentError('retriable', opened.error.message));
}

const NOT_OPENED = fail(paymentError('not_found', 'no such payment was opened'));

async function openedBefore(
  gateway: PaymentGateway,
  payment: NewPayment,
  refused: Result<never, PaymentError>,
): Promise<Result<PaymentSnapshot, PaymentError>> {
  const before = await gateway.find(payment);
  if (!before.ok) return before;
  return before.value === null ? refused : { ok: true, value: before.value };
}

const isAccountLost = ({ code, message }: PaymentError): boolean =>
  code === 'not_found' && /customer/i.test(message);
