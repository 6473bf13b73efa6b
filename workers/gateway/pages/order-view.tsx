import type { Order, OrderState, TimelineEntry } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { EditForm } from './edit-form.tsx';
import { CustomerNotes, Refunds, Returns } from './order-after-sale.tsx';
import { PaidWith } from './order-paid-with.tsx';
import { Customisation, Notice, STATE_TEXT, StateBadge, Time } from './parts.tsx';
import { LineTotal, PriceBreakdown } from './price.tsx';
import { ReturnForm } from './return-form.tsx';
import { TransferInstructions } from './transfer.tsx';
import { VerifyAccount } from './verify-account.tsx';

/** States that stay as they are: nothing to follow any more. */
export const isFinal = (state: OrderState): boolean =>
  state === 'completed' || state === 'cancelled' || state === 'refunded';

/** One order as its customer sees it; `order.js` replaces it whole when the order has changed. */
export const OrderView = (props: { order: Order; timeline: TimelineEntry[]; payUrl: string | null }) => {
  const { order, timeline, payUrl } = props;
  const follow = isFinal(order.state) ? undefined : `/orders/${order.id}`;
  return (
    <section
      id="order"
      data-follow={follow}
      data-version={order.version}
      data-sequence={timeline.at(-1)?.sequence ?? 0}
      data-state={order.state}
    >
      <h1>Order {order.number}</h1>
      <p role="status">
        <StateBadge state={order.state} /> <span class="price">{moneyText(order.total)}</span>
      </p>
      {order.reason !== null && <Notice kind="bad">{order.reason.text}</Notice>}
      {order.fulfilment === 'partial' && (
        <Notice>Part of this order is with you; each article below says where it stands.</Notice>
      )}
      <CustomerNotes order={order} />
      <Actions order={order} payUrl={payUrl} />
      <Lines order={order} />
      {order.price !== null && (
        <div class="narrow">
          <PriceBreakdown price={order.price} lines={order.lines.map(({ price }) => price)} />
        </div>
      )}
      <PaidWith order={order} />
      <Refunds order={order} />
      <Returns order={order} />
      {order.nextActions.includes('return') && <ReturnForm order={order} />}
      {order.shippingAddress !== null && <ShippingAddress address={order.shippingAddress} />}
      <h2>What happened</h2>
      <ol class="timeline">
        {timeline.map((entry) => (
          <li>
            <Time at={entry.at} /> {entry.text}
          </li>
        ))}
      </ol>
    </section>
  );
};

const Actions = ({ order, payUrl }: { order: Order; payUrl: string | null }) => {
  const can = new Set(order.nextActions);
  return (
    <>
      {can.has('pay') && order.payment !== null && (
        <Pay payment={order.payment} currency={order.currency} payUrl={payUrl} />
      )}
      {can.has('view_instances') && (
        <p>
          <a class="button" href="/owned">
            See what you own
          </a>
        </p>
      )}
      {can.has('wait') && !isFinal(order.state) && (
        <p class="soft">{STATE_TEXT[order.state]}. This page follows by itself.</p>
      )}
      {can.has('contact_support') && (
        <Notice>Please contact us and give the order number {order.number}.</Notice>
      )}
      {can.has('edit') && <EditForm order={order} />}
      {can.has('cancel') && (
        <details>
          <summary>Cancel this order</summary>
          <form method="post" action={`/orders/${order.id}/cancel`} class="row">
            <input
              name="reason"
              maxlength={200}
              placeholder="Reason (optional)"
              aria-label="Reason (optional)"
            />
            <button type="submit" class="plain">
              Cancel the order
            </button>
          </form>
        </details>
      )}
    </>
  );
};

const Pay = (props: {
  payment: NonNullable<Order['payment']>;
  currency: Order['currency'];
  payUrl: string | null;
}) => {
  const { payment, currency, payUrl } = props;
  return (
    <div class="panel">
      {payment.lastError !== null && <p class="error">{payment.lastError}</p>}
      {payment.instructions !== null && (
        <TransferInstructions instructions={payment.instructions} currency={currency} />
      )}
      {payment.verification !== null && <VerifyAccount verification={payment.verification} />}
      {payUrl === null ? (
        <>
          <p>
            Complete the payment with the payment provider’s own form (its Payment Element), giving it this
            client secret:
          </p>
          <p>
            <code>{payment.clientSecret}</code>
          </p>
        </>
      ) : (
        <p>
          <a class={payment.verification === null ? 'button' : undefined} href={payUrl}>
            {payment.instructions === null && payment.verification === null
              ? 'Pay now'
              : 'Pay in another way'}
          </a>
        </p>
      )}
      <p class="soft">
        Reserved for you until <Time at={payment.dueAt} />.
      </p>
    </div>
  );
};

const Lines = ({ order }: { order: Order }) => (
  <>
    <h2>What you ordered</h2>
    <div class="scroll">
      <table>
        <tbody>
          {positionsOf(order).map(({ bundle, lines }) => (
            <>
              {bundle !== null && <BundleRow bundle={bundle} />}
              {lines.map((line) => (
                <LineRow line={line} />
              ))}
            </>
          ))}
        </tbody>
      </table>
    </div>
  </>
);

type OrderLine = Order['lines'][number];
type OrderBundle = Order['bundles'][number];

/** A line that was bought by itself, or a bundle with what it is made of. */
const positionsOf = ({ lines, bundles }: Order): { bundle: OrderBundle | null; lines: OrderLine[] }[] => [
  ...lines.filter(({ bundleId }) => bundleId === null).map((line) => ({ bundle: null, lines: [line] })),
  ...bundles.map((bundle) => ({ bundle, lines: lines.filter(({ bundleId }) => bundleId === bundle.id) })),
];

const BundleRow = ({ bundle }: { bundle: OrderBundle }) => (
  <tr>
    <td>
      {bundle.quantity} × {bundle.title}
      <div class="soft">{bundle.variantTitle}</div>
      <Customisation values={bundle.customisation} />
    </td>
    <td class="soft">Made of:</td>
    <td class="number">
      <LineTotal price={bundle.price} quantity={bundle.quantity} />
    </td>
  </tr>
);

const LineRow = ({ line }: { line: OrderLine }) => (
  <tr>
    <td>
      {line.quantity} × {line.title}
      <div class="soft">{line.variantTitle}</div>
      <Customisation values={line.customisation} />
    </td>
    <td>
      {line.detail}
      {line.suspension !== null && <div>{line.suspension.text}</div>}
      {line.refunded.quantity > 0 && (
        <div class="soft">
          Given back: {line.refunded.quantity} ({moneyText(line.refunded.amount)})
        </div>
      )}
      {line.state === 'delivered' && !line.revoked && line.instanceId !== null && (
        <div>
          <a href={`/owned/${line.instanceId}`}>Open</a>
        </div>
      )}
    </td>
    <td class="number">
      {line.bundleId === null && <LineTotal price={line.price} quantity={line.quantity} />}
    </td>
  </tr>
);

const ShippingAddress = ({ address }: { address: NonNullable<Order['shippingAddress']> }) => (
  <>
    <h2>Where it goes</h2>
    <AddressLines address={address} />
  </>
);

/** A postal address, a line each. */
export const AddressLines = ({ address }: { address: NonNullable<Order['shippingAddress']> }) => (
  <address>
    {[address.name, address.line1, address.line2, `${address.postalCode} ${address.city}`, address.country]
      .filter((line) => line !== '')
      .map((line) => (
        <div>{line}</div>
      ))}
  </address>
);
