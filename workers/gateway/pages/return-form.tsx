import type { CreateReturn } from '#shared/contracts/http/after-sale.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { Field, Time } from './parts.tsx';

const QUANTITY = 'quantity.';

/** The request this form makes: every line with a quantity, with the one reason. */
export function returnOf(form: Record<string, string>): CreateReturn {
  const reason = (form['reason'] ?? '').trim();
  const lines = Object.entries(form).flatMap(([name, text]) => {
    const quantity = Number(text);
    if (!name.startsWith(QUANTITY) || !(quantity > 0)) return [];
    return [{ lineId: name.slice(QUANTITY.length), quantity, reason }];
  });
  return { lines, wish: form['wish'] === 'exchange' ? 'exchange' : 'refund' };
}

/** Asks to send parcels back, as long as their product allows it. */
export const ReturnForm = ({ order }: { order: Order }) => {
  const lines = order.lines.flatMap(({ returnable, ...line }) =>
    returnable === null || returnable.quantity === 0
      ? []
      : [{ ...line, ...returnable, max: returnable.quantity }],
  );
  if (lines.length === 0) return null;
  return (
    <details>
      <summary>Send something back</summary>
      <form method="post" action={`/orders/${order.id}/returns`} class="narrow">
        {lines.map(({ id, title, max, until }) => (
          <div class="field">
            <label for={`return-${id}`}>
              {title}: how many of {max}
            </label>
            <input
              id={`return-${id}`}
              type="number"
              name={`${QUANTITY}${id}`}
              min="0"
              max={max}
              value={lines.length === 1 ? max : 0}
            />
            <div class="soft">
              Possible until <Time at={until} />
            </div>
          </div>
        ))}
        <Field name="reason" label="What is wrong with it" maxlength={300} required />
        <fieldset>
          <legend>What would you like</legend>
          <label class="choice">
            <input type="radio" name="wish" value="refund" checked /> My money back
          </label>
          <label class="choice">
            <input type="radio" name="wish" value="exchange" /> A replacement
          </label>
        </fieldset>
        <button type="submit">Ask to send it back</button>
      </form>
    </details>
  );
};
