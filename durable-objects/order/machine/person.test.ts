import { describe, expect, it } from 'vitest';
import { withoutWords } from '#shared/contracts/order-events.ts';
import { plainCopy } from '#shared/domain/plain-copy.ts';
import { delivered, frozenPrice, lineOf, orderOf, refundOf } from '../testing/documents.ts';
import type { OrderDocument } from './document.ts';
import { newFraudRecord } from './fraud/record.ts';
import { isErasable, keepOut, withoutPerson } from './person.ts';
import { transition } from './transition.ts';

const operator = { kind: 'operator', id: 'usr_1' } as const;
const address = {
  name: 'Ann',
  line1: 'Way 1',
  line2: 'x',
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
};

/** An order with everything an order can hold of its customer. */
function whole(): OrderDocument {
  const made = orderOf([delivered(lineOf(1, { customisation: { engraving: 'Ann' }, detail: 'd' }))], {
    shipping: 300,
  });
  const [line] = made.lines;
  if (line === undefined) throw new Error('no line');
  Object.assign(line, { told: { code: 'c', params: { host: 'ann.example' } }, failure: 'f' });
  const { request, quote } = frozenPrice(made);
  return {
    ...made,
    email: 'ann@mail.test',
    placedBy: 'usr_1',
    request: { ...made.request, shippingAddress: address, paymentMethodId: 'pm_1' },
    quote,
    reason: { code: 'lines_cancelled', text: 't' },
    resolution: { at: 1, by: operator, as: 'completed', why: 'w', difference: '' },
    refusals: [{ pointer: '/lines', detail: 'd' }],
    notes: [{ id: 'note_1', visible: true, at: 1, by: operator, text: 't' }],
    refunds: [refundOf({ amount: 1, by: operator, why: 'w', settledAt: 1 })],
    returns: [
      {
        id: 'ret_1',
        state: 'exchanged',
        wish: 'exchange',
        restocked: [],
        refundId: null,
        lines: [{ lineId: line.id, quantity: 1, reason: 'r' }],
        steps: [{ state: 'requested', at: 1, by: operator, why: 'w' }],
        exchange: {
          orderId: 'ord_2',
          parts: [],
          request: { ...request, shippingAddress: address },
          quote: null,
        },
      },
    ],
    payment: {
      ...made.payment,
      clientSecret: 's',
      lastError: 'e',
      instructions: { amountRemaining: 1, reference: 'r', accounts: [], url: null },
    },
    fraud: {
      ...newFraudRecord({ addressKey: 'a', country: 'DE' }),
      instrument: { brand: 'visa', last4: '4242', wallet: null, country: 'DE', fingerprint: 'f' },
    },
  };
}

/** Every text there is becomes the same, whatever it is called. */
const marked = (value: unknown): unknown => {
  if (typeof value === 'string') return 'MARK';
  if (Array.isArray(value)) return value.map(marked);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, marked(inner)]));
};
const placesOf = (value: unknown, at = ''): string[] => {
  if (value === 'MARK') return [at];
  if (Array.isArray(value)) return value.flatMap((inner) => placesOf(inner, `${at}[]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) => placesOf(inner, `${at}.${name}`));
};

describe('an order without its person', () => {
  it('keeps texts in no field but those that are ids, codes, states, products, and places taxes go by', () => {
    const left = new Set(placesOf(withoutPerson(marked(whole()) as OrderDocument, 'customer')));
    const goods =
      /^\.(lines|pricing)\b.*\.(id|sku|title|kind|variantTitle|template|country|currency|taxMode|methodId)$|priceSource\.\w+$|\.revoked$/;
    const ids =
      /\.(id|number|customerId|placedBy|\w+Id|by\.kind|kind|state|code|as|cause|status|captureMode|wish|schema)$/;
    const terms = /\.(currency|delivery|locale|keep|difference|postalCode|country|method|variantId|resume)$/;
    const rest = [...left].filter((place) => !goods.test(place) && !ids.test(place) && !terms.test(place));
    expect(rest.toSorted()).toEqual([]);
  });

  it('is the same taken out twice, and adds up as before', () => {
    const [before, once] = [whole(), withoutPerson(whole(), 'customer')];
    expect(withoutPerson(once, 'customer')).toEqual(once);
    expect(once.total).toBe(before.total);
    expect(once.lines.map(({ price }) => price)).toEqual(before.lines.map(({ price }) => price));
    expect(once.pricing).toEqual(before.pricing);
    expect(once.request.shippingAddress).toEqual({
      name: 'Erased',
      line1: 'Erased',
      line2: '',
      city: 'Erased',
      postalCode: '10115',
      country: 'DE',
    });
  });

  it('of an organisation keeps all but how to reach who placed it', () => {
    const document = whole();
    const { fraud, email: _email, ...rest } = withoutPerson(document, 'contact');
    const { fraud: _fraud, email: _before, ...same } = document;
    expect(rest).toEqual(same);
    expect(fraud?.origin).toEqual({ addressKey: null, country: null });
  });

  it('does not get the person back from what the provider tells', () => {
    const kept = withoutPerson(whole(), 'customer');
    const { payment, currency } = kept;
    const told = (document: OrderDocument) =>
      transition(document, {
        type: 'payment.captured',
        at: 2,
        payment: {
          paymentId: 'pi_1',
          attempt: 1,
          currency,
          amount: payment.amount,
          authorised: payment.amount,
          captured: payment.amount,
          refunded: 0,
          capturable: 0,
          captureBefore: null,
          multicapture: false,
          method: 'card',
          refunds: [],
          clientSecret: 'secret',
          disputes: [],
          instructions: null,
          verification: null,
          lastError: { code: 'x', declineCode: null, message: 'Ann was declined' },
          instrument: { brand: 'visa', last4: '4242', wallet: null, country: 'DE', fingerprint: 'f' },
          risk: {
            level: 'highest',
            score: 99,
            review: 'refused',
            earlyWarning: true,
            authenticated: false,
            postalCodeCheck: 'unchecked',
            cvcCheck: 'unchecked',
          },
        },
      });
    const steps = ({ intents }: ReturnType<typeof told>) => intents.map(({ effect }) => effect.step);
    const before = told(kept);
    expect(before.document.fraud?.instrument?.fingerprint).toBe('f');
    expect(steps(before)).toContain('fraud.assess');
    const after = told({ ...kept, erased: { part: 'customer', at: 1 } });
    expect(after.document).not.toHaveProperty('fraud');
    expect(after.document.payment).toMatchObject({ clientSecret: null, lastError: null });
    expect(steps(after)).not.toContain('fraud.assess');
  });

  it('can be made of one that has ended and has nothing on its way back', () => {
    const document = whole();
    expect(isErasable(document)).toBe(true);
    expect(isErasable({ ...document, state: 'awaiting_payment' })).toBe(false);
    const back = document.returns.map((one) => ({ ...one, state: 'approved' as const }));
    expect(isErasable({ ...document, returns: back })).toBe(false);
  });

  it('leaves the document it was made of as it was', () => {
    const document = whole();
    const before = plainCopy(document);
    withoutPerson(document, 'customer');
    expect(document).toEqual(before);
    keepOut(document, 'customer');
    expect(document.email).toBeNull();
  });
});

it('an event without words keeps its numbers, ids and codes', () => {
  const data = {
    order: { id: 'ord_1', reason: { code: 'c', text: 'Ann' } },
    return: { reason: 'Ann', lines: [{ quantity: 1, reason: 'x' }] },
  };
  expect(withoutWords(data)).toEqual({
    order: { id: 'ord_1', reason: { code: 'c', text: '' } },
    return: { reason: '', lines: [{ quantity: 1, reason: '' }] },
  });
});
