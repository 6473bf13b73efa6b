import type { MethodSetup, SavedMethod } from '#shared/contracts/http/payment-methods.ts';
import type { PaymentError } from '#shared/contracts/payments.ts';
import { paymentError } from '#shared/contracts/payments.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { accountOf } from './account.ts';
import type { VaultPorts } from './ports.ts';

type Done<Value> = Promise<Result<Value, PaymentError>>;
const none = (): Result<never, PaymentError> =>
  fail(paymentError('not_found', 'nothing is kept of this customer'));

/** What a customer has kept. Who has kept nothing costs the provider nothing. */
export async function listMethods({ vault, customers }: VaultPorts, customerId: string): Done<SavedMethod[]> {
  const account = (await customers.find(customerId))?.account ?? null;
  return account === null ? ok([]) : vault.list(account);
}

/** Begins to keep a method. The same key begins the same one for a day; another one is harmless, and nothing if not used. */
export async function setUpMethod(
  ports: VaultPorts,
  input: { customerId: string; key: string },
): Done<MethodSetup> {
  const account = await accountOf(ports, input.customerId);
  return account.ok ? ports.vault.setUp(account.value, `setup:${input.customerId}:${input.key}`) : account;
}

/** Of what is not his own a customer learns nothing. */
async function owned({ vault, customers }: VaultPorts, customerId: string, methodId: string): Done<string> {
  const account = (await customers.find(customerId))?.account ?? null;
  if (account === null) return none();
  const found = await vault.find(account, methodId);
  return found.ok ? ok(account) : found;
}

export async function removeMethod(
  ports: VaultPorts,
  { customerId, methodId }: { customerId: string; methodId: string },
): Done<null> {
  const account = await owned(ports, customerId, methodId);
  return account.ok ? ports.vault.remove(methodId) : account;
}

export async function makeDefault(
  ports: VaultPorts,
  { customerId, methodId }: { customerId: string; methodId: string },
): Done<null> {
  const account = await owned(ports, customerId, methodId);
  return account.ok ? ports.vault.makeDefault(account.value, methodId) : account;
}
