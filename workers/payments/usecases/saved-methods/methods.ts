import type { MethodSetup, SavedMethodList } from '#shared/contracts/http/payment-methods.ts';
import type { PaymentError } from '#shared/contracts/payments.ts';
import { paymentError } from '#shared/contracts/payments.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { accountOf } from './account.ts';
import type { VaultPorts } from './ports.ts';

type Done<Value> = Promise<Result<Value, PaymentError>>;
const none = (): Result<never, PaymentError> =>
  fail(paymentError('not_found', 'nothing is kept of this customer'));

const NOTHING: SavedMethodList = { items: [], unverified: [] };

/** What a customer has kept, or will have once it is verified. Who has kept nothing costs the provider nothing. */
export async function listMethods(
  { vault, customers, clock }: VaultPorts,
  customerId: string,
): Done<SavedMethodList> {
  const account = (await customers.find(customerId))?.account ?? null;
  if (account === null) return ok(NOTHING);
  const [listed, unverified] = await Promise.all([vault.list(account), vault.listUnverified(account)]);
  if (isGone(listed) || isGone(unverified)) {
    await customers.forget(customerId, account, clock.now());
    return ok(NOTHING);
  }
  if (!listed.ok) return listed;
  return unverified.ok ? ok({ items: listed.value, unverified: unverified.value }) : unverified;
}

/** Begins to keep a method. The same key begins the same one for a day; another one is harmless, and nothing if not used. */
export async function setUpMethod(
  ports: VaultPorts,
  input: { customerId: string; key: string },
): Done<MethodSetup> {
  const { customerId, key } = input;
  const account = await accountOf(ports, customerId);
  if (!account.ok) return account;
  const begun = await begin(ports, account.value, key);
  if (!isGone(begun)) return begun;
  await ports.customers.forget(customerId, account.value, ports.clock.now());
  const another = await accountOf(ports, customerId);
  return another.ok ? begin(ports, another.value, key) : another;
}

/** The provider's keys have less room than those of our clients; of another account it is another request. */
const begin = ({ vault }: VaultPorts, account: string, key: string): Done<MethodSetup> =>
  vault.setUp(account, `setup:${account}:${sha256Hex(key)}`);

/** Somebody deleted the customer at the provider, and all that was kept of him. */
const isGone = (answer: Result<unknown, PaymentError>): boolean =>
  !answer.ok && answer.error.code === 'not_found';

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
