import type { OrderRisk } from '#shared/contracts/http/fraud.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { Field, Time } from './parts.tsx';

/** What is known of the risk of an order: what counted, and on what evidence. Nothing of it is for the customer. */
export const Risk = ({ risk }: { risk: OrderRisk | null }) => {
  if (risk === null || (risk.placing === null && risk.payment === null)) return null;
  const { placing, payment, review } = risk;
  const found = payment ?? placing;
  return (
    <>
      <h2>Risk</h2>
      <p>
        Score {found?.score}, <strong>{found?.outcome}</strong>
        {payment !== null && placing !== null && (
          <span class="soft">
            {' '}
            when it was placed: score {placing.score}, {placing.outcome}
          </span>
        )}
      </p>
      {found !== null && found.hits.length > 0 && (
        <ul>
          {found.hits.map((hit) => (
            <li>
              {hit.score}: {hit.reason} <span class="soft">{hit.finding}</span>
            </li>
          ))}
        </ul>
      )}
      <Evidence risk={risk} />
      {review !== null && review.decision !== null && (
        <p>
          {review.decision.decision === 'approve' ? 'Approved' : 'Refused'} <Time at={review.decision.at} />
          {review.decision.by === null ? ' by the payment service’s review' : ''}: {review.decision.reason}
        </p>
      )}
    </>
  );
};

const Evidence = ({ risk: { evidence } }: { risk: OrderRisk }) => {
  const { accountCreatedAt, countries, counts, instrument, provider } = evidence;
  const known = Object.entries(countries).filter(([, country]) => country !== null);
  return (
    <ul class="soft">
      {accountCreatedAt !== null && (
        <li>
          Account made <Time at={accountCreatedAt} />
        </li>
      )}
      {known.length > 0 && <li>{known.map(([of, country]) => `${of} ${country}`).join(', ')}</li>}
      {instrument !== null && (
        <li>Paid with {[instrument.wallet, instrument.brand, instrument.last4].filter(Boolean).join(' ')}</li>
      )}
      {provider !== null && (
        <li>
          Payment service: {provider.level}
          {provider.score === null ? '' : ` (${provider.score})`}, review {provider.review}
          {provider.authenticated ? ', holder proved' : ', holder not proved'}
          {provider.earlyWarning ? ', reported as fraud' : ''}
        </li>
      )}
      {counts.map(({ subject, orders, windowSeconds }) => (
        <li>
          {orders} by {subject.replaceAll('_', ' ')} within {windowSeconds / 3_600} h
        </li>
      ))}
    </ul>
  );
};

/** While somebody is to decide. */
export const Review = ({ order, risk }: { order: Order; risk: OrderRisk | null }) => (
  <form method="post" action={`/operate/${order.id}/review`} class="panel">
    <h2>Approve or refuse</h2>
    <p>
      Approved it goes on. Refused it is undone: what was delivered is taken back, and the money goes back.
      {order.state === 'in_review' && risk !== null && risk.review !== null && (
        <>
          {' '}
          Without a decision it is undone <Time at={risk.review.until} />.
        </>
      )}
    </p>
    <Field name="reason" id="f-review" label="Reason, for the team alone" maxlength={300} required />
    <button type="submit" name="decision" value="approve">
      Approve
    </button>{' '}
    <button type="submit" name="decision" value="refuse" class="plain">
      Refuse
    </button>
  </form>
);
