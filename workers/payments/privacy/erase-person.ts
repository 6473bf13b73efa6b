import type { CallContext } from '#shared/contracts/call.ts';
import type { EraseStep } from '#shared/contracts/privacy.ts';
import { counted, pageOf, type Section } from '#shared/privacy/sections.ts';
import { accountOf } from '../usecases/saved-methods/account.ts';
import type { PersonPorts } from './export-person.ts';
import { giftCardsErased } from './gift-cards.ts';

/**
 * Takes a step of erasing a person. The provider deletes whom it knows them as, with all kept methods; bodies of its events
 * go. What was paid stays in the books under ids that name nobody; gift cards stay with their money, and are sent to nobody.
 */
export const erasePerson = (
  ports: PersonPorts,
  call: CallContext,
  { customerId, cursor }: { customerId: string; cursor: string | null },
): Promise<EraseStep> =>
  pageOf([eraseSection(ports, customerId), giftCardsErased(ports, call, customerId)], cursor);

const eraseSection = (
  ports: PersonPorts,
  customerId: string,
): Section<Pick<EraseStep, 'erased' | 'kept'>> => ({
  name: 'provider',
  async page() {
    const { customers, vault, persons, clock } = ports;
    const known = await customers.find(customerId);
    const account = known === null ? null : await accountAtProvider(ports, customerId);
    const former = await persons.formerAccounts(customerId);
    const accounts = account === null ? former : [account, ...former];
    // First the mark, then the deletion, of which the provider tells at once.
    await persons.markErased(accounts, clock.now());
    const { payments, events } = await persons.wipeEvents(customerId, accounts, clock.now());
    if (account !== null) {
      const closed = await vault.closeAccount(account);
      if (!closed.ok)
        throw new Error(`the payment provider does not delete its customer: ${closed.error.code}`);
    }
    await persons.dropAccounts(customerId, accounts);
    const erased = counted({
      provider_customers: known === null ? 0 : 1,
      payments,
      payment_events: events,
    });
    return { erased, kept: keptOf(await persons.booked(customerId)), next: null };
  },
});

const keptOf = (booked: { payments: boolean; disputes: boolean }): EraseStep['kept'] => [
  ...(booked.payments ? [{ section: 'payments', because: 'tax_law' } as const] : []),
  ...(booked.disputes ? [{ section: 'payment_disputes', because: 'disputes' } as const] : []),
];

/** Whoever was asked for and not written down may be there: asking again tells. */
async function accountAtProvider(ports: PersonPorts, customerId: string): Promise<string> {
  const account = await accountOf(ports, customerId);
  if (!account.ok) throw new Error(`the payment provider does not tell its customer: ${account.error.code}`);
  return account.value;
}
