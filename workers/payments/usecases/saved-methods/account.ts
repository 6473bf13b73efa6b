import type { PaymentError } from '#shared/contracts/payments.ts';
import { ok, type Result } from '#shared/domain/result.ts';
import type { VaultPorts } from './ports.ts';

/**
 * Whom the provider knows a customer as: exactly one, whatever crashes. That he is asked for is written down first; the
 * same key then brings the same one, and once the key is forgotten he is looked for before another is opened.
 */
export async function accountOf(
  { vault, customers, clock }: VaultPorts,
  customerId: string,
): Promise<Result<string, PaymentError>> {
  const known = await customers.find(customerId);
  if (known !== null && known.account !== null) return ok(known.account);
  const { generation, askedAt } = known ?? (await customers.ask(customerId, clock.now()));
  const opened = await vault.openAccount({ customerId, generation, askedAt });
  return opened.ok ? ok(await customers.keep(customerId, generation, opened.value)) : opened;
}
