import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { newId } from '#shared/ids/ids.ts';
import type { MailKind, MailStep } from './machine/intents.ts';
import { newDocument, type OrderDocument } from './machine/document.ts';
import { orderMail } from './mails.ts';

function order(title: string): OrderDocument {
  const id = newId('order');
  const document = newDocument({
    id,
    number: 'TP-7K3M9Q2X',
    customerId: newId('user'),
    request: {
      currency: 'JPY',
      lines: [],
      codes: [],
      delivery: 'together',
      locale: 'en',
      paymentWindowSeconds: 60,
    },
    lineIds: [],
    at: 0,
  });
  const line = {
    id: newId('line'),
    instanceId: newId('instance'),
    workflowId: 'w',
    productId: newId('product'),
    productVersion: 1,
    variantId: newId('variant'),
    sku: 'S',
    kind: 'licence' as const,
    title,
    variantTitle: '',
    price: plainLine(600, 2),
    quantity: 2,
    stockTracked: false,
    fulfilment: { template: 'licence-key' as const, activationsMax: 1, validDays: null },
    customisation: {},
    released: true,
    deliveredAt: 0,
    revoked: 'no' as const,
    state: 'delivered' as const,
    detail: '',
  };
  return { ...document, total: 1200, lines: [line], reason: { code: 'x', text: 'A <b>reason</b>.' } };
}

const of = (mail: MailKind): MailStep => ({ step: 'mail', id: mail, mail });

describe('the mails of an order', () => {
  it.each(['placed', 'reserved', 'paid', 'pay_again', 'delivered', 'cancelled', 'refunded'] as const)(
    'say in "%s" what was bought and where to look',
    (kind) => {
      const document = order('Editor');
      const mail = orderMail(of(kind), document, 'a@mail.test', 'https://shop.test');
      expect(mail.subject).toContain('TP-7K3M9Q2X');
      expect(mail.text).toContain('2 × Editor: 1200 JPY');
      expect(mail.text).toContain(`https://shop.test/orders/${document.id}`);
      expect(mail.idempotencyKey).toBe(`${document.id}:mail:${kind}`);
    },
  );

  it('tell apart money that is reserved from money that was taken', () => {
    const text = (kind: 'reserved' | 'paid') =>
      orderMail(of(kind), order('Editor'), 'a@mail.test', 'https://shop.test').text;
    expect(text('reserved')).toContain('1200 JPY is reserved with your card');
    expect(text('reserved')).toContain('Nothing is charged until everything is ready.');
    expect(text('paid')).toContain('Your payment of 1200 JPY was received');
    expect(text('paid')).not.toContain('charged');
  });

  it('say of each line what became of it, and never that a parcel under way is there', () => {
    const document = order('Editor');
    const [line] = document.lines;
    if (line === undefined) throw new Error('no line');
    const key = { ...line, detail: 'Your key is ready.' };
    const parcel = {
      ...line,
      title: 'Lamp',
      kind: 'physical' as const,
      detail: 'Handed to the carrier: Post & Co 123.',
    };
    const mail = (lines: OrderDocument['lines']) =>
      orderMail(of('delivered'), { ...document, lines }, 'a@mail.test', 'https://shop.test');
    expect(mail([key]).text).toContain('2 × Editor: 1200 JPY\n  Your key is ready.\n');
    expect(mail([key]).text).toContain('Everything you bought is ready.');
    expect(mail([parcel]).text).toContain('Everything you bought was handed to the carrier.');
    expect(mail([parcel]).html).toContain('Handed to the carrier: Post &amp; Co 123.');
    expect(mail([key, parcel]).text).toContain('ready or was handed to the carrier');
    expect(mail([key, parcel]).text).not.toMatch(/deliver/i);
  });

  it('escape what came from outside, because a title must not become markup or another line', () => {
    const document = order('<script>alert("x")</script>\r\nBcc: all@mail.test');
    const mail = orderMail(of('cancelled'), document, 'a@mail.test', 'https://shop.test');
    expect(mail.html).not.toContain('<script>');
    expect(mail.html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(mail.html).toContain('A &lt;b&gt;reason&lt;/b&gt;.');
    expect(mail.text.split('\n').some((line) => line.startsWith('Bcc:'))).toBe(false);
  });
});
