import type { Order } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { Field, Time } from './parts.tsx';

type Return = Order['returns'][number];
const RESTOCK = 'restock.';

/** What the team does about a return, each by the API's route of that name. */
export const RETURN_STEPS = ['approve', 'reject', 'receive', 'refund', 'exchange'] as const;
export type ReturnStep = (typeof RETURN_STEPS)[number];
export const isReturnStep = (text: string): text is ReturnStep => RETURN_STEPS.some((step) => step === text);

/** The body of a step as the form asks for it. An exchange sends the same articles again. */
export function returnStepOf(step: ReturnStep, form: Record<string, string>, order: Order, returnId: string) {
  const words = (form['reason'] ?? '').trim();
  const reason = words === '' ? {} : { reason: words };
  switch (step) {
    case 'approve':
    case 'reject':
      return reason;
    case 'receive':
      return { ...reason, restock: restockOf(form) };
    case 'refund':
      return { ...reason, shipping: form['shipping'] === 'yes' };
    case 'exchange':
      return { ...reason, lines: sameArticles(order, returnId) };
  }
}

const restockOf = (form: Record<string, string>): { lineId: string; quantity: number }[] =>
  Object.entries(form).flatMap(([name, text]) =>
    name.startsWith(RESTOCK) && Number(text) > 0
      ? [{ lineId: name.slice(RESTOCK.length), quantity: Number(text) }]
      : [],
  );

function sameArticles(order: Order, returnId: string) {
  const { lines = [] } = order.returns.find(({ id }) => id === returnId) ?? {};
  return lines.flatMap(({ lineId, quantity }) =>
    order.lines
      .filter(({ id }) => id === lineId)
      .map(({ variantId, customisation }) => ({ variantId, customisation, quantity })),
  );
}

const STEPS: Partial<Record<Return['state'], readonly ReturnStep[]>> = {
  requested: ['approve', 'reject'],
  approved: ['receive', 'refund', 'exchange', 'reject'],
  received: ['refund', 'exchange', 'reject'],
};

export const DecideReturns = ({ order }: { order: Order }) =>
  order.returns.length === 0 ? null : (
    <>
      <h2>Returns</h2>
      {order.returns.map((one) => (
        <section class="panel">
          <p>
            <strong>{one.state}</strong>, wishes{' '}
            {one.wish === 'exchange' ? 'a replacement' : 'the money back'}
          </p>
          <ul>
            {one.lines.map(({ lineId, quantity, reason }) => (
              <li>
                {quantity} × {titleOf(order, lineId)}: {reason}
              </li>
            ))}
          </ul>
          {one.steps.map(({ state, at, by, reason }) => (
            <p class="soft">
              {state} by {by} <Time at={at} /> {reason}
            </p>
          ))}
          {(STEPS[one.state] ?? []).map((step) => (
            <StepForm order={order} one={one} step={step} />
          ))}
        </section>
      ))}
    </>
  );

const BUTTON: Record<ReturnStep, string> = {
  approve: 'Approve: the goods may come',
  reject: 'Decline',
  receive: 'The goods have arrived',
  refund: 'Give the price back',
  exchange: 'Send the same articles again',
};

const StepForm = ({ order, one, step }: { order: Order; one: Return; step: ReturnStep }) => (
  <details>
    <summary>{BUTTON[step]}</summary>
    <form method="post" action={`/operate/${order.id}/returns/${one.id}/${step}`}>
      {step === 'receive' &&
        one.lines.map(({ lineId, quantity }) => (
          <Field
            name={`${RESTOCK}${lineId}`}
            id={`f-${one.id}-${lineId}`}
            label={`${titleOf(order, lineId)}: how many go back on the shelf`}
            type="number"
            min="0"
            max={quantity}
            value="0"
          />
        ))}
      {step === 'refund' && order.price?.shipping !== undefined && order.price?.shipping !== null && (
        <label class="choice">
          <input type="checkbox" name="shipping" value="yes" /> The shipping too (
          {moneyText(order.price.shipping.total)})
        </label>
      )}
      <Field
        name="reason"
        id={`f-${one.id}-${step}-reason`}
        label="Reason, the customer reads it"
        maxlength={300}
        required={step === 'reject'}
      />
      <button type="submit">{BUTTON[step]}</button>
    </form>
  </details>
);

const titleOf = (order: Order, lineId: string): string =>
  order.lines.find(({ id }) => id === lineId)?.title ?? 'an article';
