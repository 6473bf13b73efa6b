import type { Context } from 'hono';
import type { SavedMethod } from '#shared/contracts/http/payment-methods.ts';
import { methodsFor } from '#shared/domain/payment-methods.ts';
import type { Money } from '#shared/money/money.ts';
import { api } from '../api.ts';
import type { PageEnv } from '../env.ts';

/** How long a checkout waits to hear what is kept: where the payment provider is slow it does without. */
const WAIT_MS = 2_500;

/** What the customer has kept; nothing where that is not known in time. */
export async function keptMethods(c: Context<PageEnv>): Promise<SavedMethod[]> {
  const asked = api<{ items: SavedMethod[] }>(c, { method: 'GET', path: '/v1/payment-methods' }).then(
    (kept) => (kept.ok ? kept.value.items : []),
    () => [],
  );
  return Promise.race([asked, scheduler.wait(WAIT_MS).then(() => [])]);
}

/** A choice among what is kept and can take this amount; the one offered first is chosen. */
export const PayWith = ({ kept, total }: { kept: readonly SavedMethod[]; total: Money }) => {
  const fit = new Set(methodsFor(total).map(({ method }) => method));
  const offered = kept
    .filter(({ method }) => fit.has(method))
    .toSorted((one, other) => Number(other.isDefault) - Number(one.isDefault));
  return offered.length === 0 ? null : (
    <fieldset>
      <legend>Pay with</legend>
      {offered.map(({ id, title, expires, isDefault }) => (
        <label class="check">
          <input type="radio" name="paymentMethodId" value={id} checked={isDefault} /> {title}
          {expires === null ? '' : `, until ${expires}`}: charged when you order
        </label>
      ))}
      <label class="check">
        <input
          type="radio"
          name="paymentMethodId"
          value=""
          checked={offered.every(({ isDefault }) => !isDefault)}
        />{' '}
        Something else, on the next page
      </label>
    </fieldset>
  );
};
