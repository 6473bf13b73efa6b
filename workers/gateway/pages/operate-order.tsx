import type { Order, OrderDifference, OrderEffects, TimelineEntry } from '#shared/contracts/http/orders.ts';
import { moneyText } from '#shared/money/money.ts';
import { Access, Disputes } from './operate-disputes.tsx';
import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import { Review, Risk } from './operate-risk.tsx';
import { DecideReturns } from './decide-returns.tsx';
import { Field, Notice, Option, StateBadge, Time } from './parts.tsx';

/** One order as the team sees it: where it stands, what it gave up, and the ways on. */
export const OperateOrder = (props: {
  order: Order;
  effects: OrderEffects;
  timeline: TimelineEntry[];
  risk: OrderRisk | null;
}) => {
  const { order, effects, timeline, risk } = props;
  const can = new Set(order.nextActions);
  return (
    <>
      <h1>Order {order.number}</h1>
      <p>
        <StateBadge state={order.state} /> <span class="price">{moneyText(order.total)}</span>{' '}
        <span class="soft">
          step {effects.step}, payment {order.paymentStatus}, delivery {order.fulfilment}
        </span>{' '}
        <a href={`/orders/${order.id}`}>As the customer’s page</a>
      </p>
      {effects.attention !== null && (
        <Notice kind="bad">
          <strong>{effects.attention.code}</strong> {effects.attention.text}
          <div class="soft">{effects.attention.detail}</div>
        </Notice>
      )}
      <div class="split">
        <div>
          <Lines order={order} />
          <Risk risk={risk} />
          <Disputes order={order} />
          <DecideReturns order={order} />
          <Effects order={order} effects={effects} />
          <h2>What happened</h2>
          <ol class="timeline">
            {timeline.map((entry) => (
              <li>
                <Time at={entry.at} /> {entry.text}
              </li>
            ))}
          </ol>
        </div>
        <div>
          {can.has('review') && <Review order={order} risk={risk} />}
          {can.has('retry') && <Retry order={order} />}
          {can.has('restore_access') && <Access order={order} />}
          {can.has('cancel') && <Undo order={order} />}
          {can.has('resolve') && <Resolve order={order} resolutions={effects.resolutions} />}
          <Note order={order} />
        </div>
      </div>
    </>
  );
};

const Lines = ({ order }: { order: Order }) => (
  <div class="scroll">
    <table>
      <tbody>
        {order.lines.map((line) => (
          <tr>
            <td>
              {line.quantity} × {line.title}
              <div class="soft">{line.sku}</div>
              <PartOf order={order} line={line} />
            </td>
            <td>
              {line.state}
              <div class="soft">{line.detail}</div>
              {line.suspension !== null && <div>{line.suspension.text}</div>}
            </td>
            <td class="number">{moneyText(line.total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** The bundle a line was bought in. */
const PartOf = ({ order, line }: { order: Order; line: Order['lines'][number] }) => {
  const bundle = order.bundles.find(({ id }) => id === line.bundleId);
  return bundle === undefined ? null : (
    <div class="soft">
      in {bundle.quantity} × {bundle.title}
    </div>
  );
};

const Effects = ({ order, effects }: { order: Order; effects: OrderEffects }) =>
  effects.items.length === 0 ? null : (
    <>
      <h2>Under way and given up</h2>
      <ul>
        {effects.items.map(({ key, state, attempts, lastError, nextAt }) => (
          <li>
            <code>{key}</code> {state === 'parked' ? 'given up' : 'under way'} after {attempts} attempts
            {nextAt !== null && (
              <>
                , next <Time at={nextAt} />
              </>
            )}
            {lastError !== null && <div class="soft">{lastError}</div>}
            {state === 'parked' && (
              <form method="post" action={`/operate/${order.id}/retry`}>
                <button type="submit" class="link" name="effect" value={key}>
                  Try this one again
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </>
  );

const Retry = ({ order }: { order: Order }) => (
  <form method="post" action={`/operate/${order.id}/retry`} class="panel">
    <h2>Try again</h2>
    <p>Everything outstanding is asked for once more. Nothing is done twice.</p>
    <button type="submit">Try again</button>
  </form>
);

const Undo = ({ order }: { order: Order }) => (
  <form method="post" action={`/operate/${order.id}/undo`} class="panel">
    <h2>Undo</h2>
    <p>What was made is taken back, and the money is released or refunded.</p>
    {order.fulfilment === 'partial' && (
      <Field name="keep" label="What was delivered">
        <Option value="nothing" label="is taken back too" chosen="nothing" />
        <Option value="delivered" label="stays with the customer" chosen="nothing" />
      </Field>
    )}
    <Field name="reason" label="Reason, the customer reads it" maxlength={300} required />
    <button type="submit">Undo the order</button>
  </form>
);

const END_TEXT = { completed: 'Completed', cancelled: 'Cancelled', refunded: 'Refunded' } as const;

/** Each end with what would not fit; a difference is sent back as seen. */
const Resolve = ({ order, resolutions }: { order: Order; resolutions: OrderDifference[] }) => (
  <section class="panel">
    <h2>End by hand</h2>
    <p>For what was put right outside. Nothing of the order is tried again.</p>
    {resolutions.map((end) => (
      <details>
        <summary>
          {END_TEXT[end.as]}
          {end.code === null ? ': everything fits' : ': something would not fit'}
        </summary>
        <form method="post" action={`/operate/${order.id}/resolve`}>
          <input type="hidden" name="as" value={end.as} />
          {end.code !== null && <Difference end={end} />}
          <Field
            name="reason"
            id={`f-resolve-${end.as}`}
            label="Reason, the customer reads it"
            maxlength={300}
            required
          />
          {end.code !== null && (
            <label class="choice">
              <input type="checkbox" name="confirm" value={end.code} required /> I have seen this and it is
              right
            </label>
          )}
          <button type="submit">End as {END_TEXT[end.as].toLowerCase()}</button>
        </form>
      </details>
    ))}
  </section>
);

const Difference = ({ end }: { end: OrderDifference }) => (
  <ul>
    {end.kept.amount !== end.due.amount && (
      <li>
        Collected and kept {moneyText(end.kept)}, worth {moneyText(end.due)}
      </li>
    )}
    {end.open.amount > 0 && <li>Still held on the customer’s account {moneyText(end.open)}</li>}
    {end.lines.length > 0 && (
      <li>
        {end.lines.length} {end.lines.length === 1 ? 'line stands' : 'lines stand'} at{' '}
        {[...new Set(end.lines.map(({ state }) => state))].join(', ')}
      </li>
    )}
    {end.stock.map(({ sku, quantity }) => (
      <li>
        {quantity} × {sku} not back on the shelf
      </li>
    ))}
  </ul>
);

const Note = ({ order }: { order: Order }) => (
  <form method="post" action={`/operate/${order.id}/notes`} class="panel">
    <h2>Notes</h2>
    {order.notes.map(({ text, at, visibility }) => (
      <p>
        {text} <span class="soft">{visibility === 'customer' ? 'told the customer, ' : ''}</span>
        <span class="soft">
          <Time at={at} />
        </span>
      </p>
    ))}
    <Field name="text" label="Write a note" maxlength={2000} required />
    <Field name="visibility" label="Who reads it">
      <Option value="internal" label="The team" chosen="internal" />
      <Option value="customer" label="The customer too" chosen="internal" />
    </Field>
    <button type="submit" class="plain">
      Keep the note
    </button>
  </form>
);
