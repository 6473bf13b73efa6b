import { describe, expect, it } from 'vitest';
import { plainLine } from '#shared/domain/pricing/priced.ts';
import { newId } from '#shared/ids/ids.ts';
import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import { LANGUAGES } from '#shared/domain/locale.ts';
import { adviceText } from '#shared/domain/payment-advice.ts';
import type { MailStep } from './machine/intents.ts';
import type { OrderDocument } from './machine/document.ts';
import { newDocument, newLedger } from './machine/new-document.ts';
import { reasonFor } from './machine/reasons.ts';
import { defaultWording, MAIL_KINDS, orderMail } from './mails.ts';
import { staffNotice } from './mails/notice.ts';

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

const mailOf = (
  mail: MailKind,
  document: OrderDocument,
  more: Partial<MailStep> & { wording?: { subject?: string; lead?: string } } = {},
) => {
  const { wording = null, ...step } = more;
  const context = { to: 'a@mail.test', publicOrigin: 'https://shop.test', wording };
  return orderMail({ step: 'mail', id: mail, mail, ...step }, document, context);
};
const inLanguage = (document: OrderDocument, locale: string): OrderDocument => ({
  ...document,
  request: { ...document.request, locale },
});

describe('the mails of an order', () => {
  it.each(MAIL_KINDS)('say in "%s" what was bought and where to look', (kind) => {
    const document = order('Editor');
    const mail = mailOf(kind, document);
    expect(mail.subject).toContain('TP-7K3M9Q2X');
    expect(mail.text).toContain('2 × Editor: ¥1,200');
    expect(mail.text).toContain(`https://shop.test/orders/${document.id}`);
    expect(mail.idempotencyKey).toBe(`${document.id}:mail:${kind}`);
  });

  it('say what gift cards pay of the total', () => {
    const plain = order('Editor');
    const card = { ...newLedger(1_001, 1_200), cardId: newId('giftCard'), ending: 'K3M9' };
    const giftCards = [{ ...card, status: 'authorised' as const, authorised: 500 }];
    expect(mailOf('placed', { ...plain, giftCards }).text).toMatch(/of it by gift card\W+¥500/);
    expect(mailOf('placed', plain).text).not.toContain('gift card');
  });

  it('tell in a merchant’s words what the order costs, what gift cards pay of it, and what they leave', () => {
    const plain = order('Editor');
    const card = { ...newLedger(1_001, 1_200), cardId: newId('giftCard'), ending: 'K3M9' };
    const giftCards = [{ ...card, status: 'authorised' as const, authorised: 500 }];
    const wording = { lead: 'It costs {total}: {byGiftCard} by gift card, {amount} by the payment.' };
    const said = (of: OrderDocument): string => mailOf('reserved', of, { wording }).text;
    expect(said({ ...plain, giftCards })).toContain(
      'It costs ¥1,200: ¥500 by gift card, ¥700 by the payment.',
    );
    expect(said(plain)).toContain('It costs ¥1,200: ¥0 by gift card, ¥1,200 by the payment.');
  });

  it.each(LANGUAGES)('ask in %s for what gift cards leave of the total, and thank for no more', (locale) => {
    const plain = inLanguage(order('Editor'), locale);
    const card = { ...newLedger(1_001, 1_200), cardId: newId('giftCard'), ending: 'K3M9' };
    const giftCards = [{ ...card, status: 'authorised' as const, authorised: 500 }];
    for (const kind of ['confirm_payment', 'pay_again', 'verify_account', 'paid'] as const) {
      const lead = (document: OrderDocument): string => mailOf(kind, document).text.split('\n')[0] ?? '';
      expect(lead({ ...plain, giftCards })).toMatch(/(?<!\d)700(?!\d)/);
      expect(lead({ ...plain, giftCards })).not.toMatch(/1\D200/);
      expect(lead(plain)).toMatch(/1\D200/);
    }
    const wording = { lead: 'Of {total}, {amount} is with your bank.' };
    expect(mailOf('reserved', { ...order('Editor'), giftCards }, { wording }).text).toContain(
      'Of ¥1,200, ¥700 is with your bank.',
    );
  });

  it('tell apart money that is reserved from money that was taken', () => {
    const text = (kind: 'reserved' | 'paid') => mailOf(kind, order('Editor')).text;
    expect(text('reserved')).toContain('¥1,200 is reserved with your card');
    expect(text('reserved')).toContain('Nothing is charged until it is ready.');
    expect(text('paid')).toContain('Your payment of ¥1,200 was received');
    expect(text('paid')).not.toContain('charged');
  });

  it.each([
    ['en', /reserved by gift card/, /reserved with your card and by gift card/, /your card/],
    ['de', /per Geschenkkarte reserviert/, /auf Ihrer Karte und per Geschenkkarte/, /Ihrer Karte/],
    ['fr', /réservés par carte cadeau/, /sur votre carte et par carte cadeau/, /votre carte/],
  ])(
    'say in %s where money is reserved: on no card of a bank that gift cards spare',
    (locale, all, part, bank) => {
      const plain = inLanguage(order('Editor'), locale);
      const card = { ...newLedger(1_001, 1_200), cardId: newId('giftCard'), ending: 'K3M9' };
      const paidBy = (authorised: number) =>
        mailOf('reserved', { ...plain, giftCards: [{ ...card, status: 'authorised' as const, authorised }] })
          .text;
      expect(paidBy(1_200)).toMatch(all);
      expect(paidBy(1_200)).not.toMatch(bank);
      expect(paidBy(500)).toMatch(part);
      expect(mailOf('reserved', plain).text).not.toMatch(/gift card|Geschenkkarte|cadeau/);
      const own = { wording: { lead: 'Thanks from us.' } };
      expect(
        mailOf('reserved', { ...plain, giftCards: [{ ...card, authorised: 1_200 }] }, own).text,
      ).toContain('Thanks from us.');
    },
  );

  it('say of each line what became of it, and never that a parcel under way is there', () => {
    const document = order('Editor');
    const [line] = document.lines;
    if (line === undefined) throw new Error('no line');
    const key = { ...line, detail: 'Your key is ready.' };
    const parcel = {
      ...line,
      id: newId('line'),
      title: 'Lamp',
      kind: 'physical' as const,
      detail: 'Handed to the carrier: Post & Co 123.',
    };
    const mail = (lines: OrderDocument['lines']) => mailOf('delivered', { ...document, lines });
    expect(mail([key]).text).toContain('2 × Editor: ¥1,200\n  Your key is ready.\n');
    expect(mail([key]).text).toContain('Everything you bought is ready.');
    expect(mail([parcel]).text).toContain('Everything you bought was handed to the carrier.');
    expect(mail([parcel]).html).toContain('Handed to the carrier: Post &amp; Co 123.');
    expect(mail([key, parcel]).text).toContain('ready or was handed to the carrier');
    expect(mail([key, parcel]).text).not.toMatch(/deliver/i);
    const part = mailOf('part_delivered', { ...document, lines: [key, parcel] }, { lineIds: [parcel.id] });
    expect(part.text).toContain('Post & Co 123');
    expect(part.text).not.toContain('Editor');
    const failed = { ...key, id: newId('line'), state: 'undone' as const };
    expect(mail([key, failed]).text).toContain('You do not pay for the rest');
  });

  it('of a part say what was charged, and never that the order is complete', () => {
    const document = order('Editor');
    const [line] = document.lines;
    if (line === undefined) throw new Error('no line');
    const failed = {
      ...line,
      id: newId('line'),
      title: 'Lamp',
      state: 'undone' as const,
      detail: 'Taken back',
    };
    const part: OrderDocument = {
      ...document,
      total: 2400,
      lines: [line, failed],
      payment: { ...document.payment, status: 'captured', authorised: 2400, captured: 1200, voided: 1200 },
    };
    const mail = mailOf('delivered', part);
    expect(mail.subject).toBe('Order TP-7K3M9Q2X: delivered in part');
    expect(mail.text).toContain('Charged: ¥1,200');
    expect(mail.text).toContain('2 × Lamp: ¥1,200\n  Not delivered, not charged.\n');
    expect(mail.text).not.toContain('Taken back');
    expect(mailOf('part_delivered', part, { lineIds: [line.id] }).text).toContain('Charged: ¥1,200');
    const all = { ...part, payment: { ...part.payment, captured: 2400, voided: 0 } };
    expect(mailOf('delivered', all).text).toContain('Not delivered; what you paid for it goes back to you.');
    expect(mailOf('delivered', inLanguage(part, 'de')).subject).toBe(
      'Bestellung TP-7K3M9Q2X: teilweise geliefert',
    );
    expect(mailOf('delivered', document).subject).toBe('Order TP-7K3M9Q2X: complete');
  });

  it.each([
    ['en', 'Your bank has taken the payment back.'],
    ['de', 'Ihre Bank hat die Zahlung zurückgeholt.'],
    ['fr', 'Votre banque a repris le paiement.'],
  ])('say in "%s" why something is suspended, without sums that would read like a bill', (locale, reason) => {
    const base = order('Editor');
    const document = { ...base, request: { ...base.request, locale } };
    const { text } = mailOf('suspended', document, { suspension: 'payment_disputed' });
    expect(text).toContain(reason);
    expect(text.split('\n').filter((line) => /1.200/u.test(line))).toHaveLength(1);
  });

  it.each([
    ['en', 'There is not enough money in the account.', 'The last attempt'],
    ['de', 'Das Konto ist nicht ausreichend gedeckt.', 'Der letzte Versuch zu bezahlen'],
    ['fr', 'Le solde du compte est insuffisant.', 'La dernière tentative de paiement'],
  ])('say in "%s" what to do about a payment that was declined', (locale, advice, attempt) => {
    const document = inLanguage(order('Editor'), locale);
    const lastError = adviceText('insufficient_funds');
    Object.assign(document.payment, { lastError, advice: 'insufficient_funds' });
    expect(mailOf('pay_again', document).text).toContain(advice);
    const reason = reasonFor('payment_abandoned', document, { type: 'window.ended', at: 0 });
    const ended = mailOf('cancelled', { ...document, reason }).text;
    expect(ended).toContain(advice);
    expect(ended).toContain(attempt);
    document.payment.lastError = null;
    expect(mailOf('pay_again', document).text, 'nothing is declined any more').not.toContain(advice);
  });

  it.each([
    ['refunded', 1200, 0, 'What you paid goes back to you.'],
    ['refunded', 1200, 300, '¥300 goes back to you.'],
    ['cancelled', 0, 0, 'You were not charged.'],
    ['cancelled', 1200, 1200, '¥1,200 goes back to you.'],
    ['cancelled', 1200, 0, 'Your order was cancelled.'],
  ] as const)(
    'of an order ended by hand as %s say what became of the money (%s charged, %s given back)',
    (kind, captured, refunded, words) => {
      const base = order('Editor');
      const document = { ...base, payment: { ...base.payment, captured, refunded } };
      const { text, subject } = mailOf(kind, document);
      expect(text).toContain(words);
      expect([text.includes('not charged'), text.includes('goes back')]).toEqual([
        captured === 0,
        captured > 0 && (kind === 'refunded' || refunded > 0),
      ]);
      expect(subject.endsWith('refunded')).toBe(kind === 'refunded');
    },
  );

  it('to staff name the order, the amount and the bank’s reason', () => {
    const mail = staffNotice(
      {
        step: 'notice',
        id: 'n',
        about: 'dispute_opened',
        amount: 1200,
        disputeId: 'du_1',
        reason: '<fraud>',
      },
      order('Editor'),
      { to: 'staff@mail.test', publicOrigin: 'https://shop.test' },
    );
    expect(mail.subject).toBe('Order TP-7K3M9Q2X: the payment is disputed');
    expect(mail.text).toContain('<fraud>');
    expect(mail.html).not.toContain('<fraud>');
    expect(mail.text).toContain('https://shop.test/operate/ord_');
  });

  it('name the amount of the very refund they tell of', () => {
    expect(mailOf('part_refunded', order('Editor'), { amount: 300 }).text).toContain(
      '¥300 goes back to you.',
    );
  });

  it('carry what our team wrote as it is, and of a return what comes back', () => {
    const document = order('Editor');
    const [line] = document.lines;
    const units = { [line?.id ?? '']: 1 };
    const text = 'Label: {total}\nThank you';
    const approved = mailOf('return_approved', document, { text, units, lineIds: Object.keys(units) });
    expect(approved.text).toContain('Label: {total} Thank you');
    expect(approved.text).toContain('1 × Editor: ¥600');
    const declined = mailOf('return_declined', inLanguage(document, 'de'), { text: 'Worn', units });
    expect(declined.text).toContain('Grund: Worn');
    expect(mailOf('message', document, { text: 'On Monday.' }).text).toContain('On Monday.');
    expect(mailOf('changed', document).text).toContain('¥1,200');
  });

  it('escape what came from outside, because a title must not become markup or another line', () => {
    const document = order('<script>alert("x")</script>\r\nBcc: all@mail.test');
    const mail = mailOf('cancelled', document, { wording: { lead: 'See <b>{reason}</b>' } });
    expect(mail.html).not.toContain('<script>');
    expect(mail.html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;');
    expect(mail.html).toContain('See &lt;b&gt;A &lt;b&gt;reason&lt;/b&gt;.&lt;/b&gt;');
    expect(mail.text.split('\n').some((line) => line.startsWith('Bcc:'))).toBe(false);
  });

  it('are one table that reads aloud, and load nothing from anywhere', () => {
    for (const kind of MAIL_KINDS) {
      const { html } = mailOf(kind, order('Editor'));
      expect(html).toMatch(/^<!doctype html><html lang="en">.*<title>[^<]+<\/title>/);
      expect(html).toContain('<th scope="row"');
      expect(html).toContain('<th scope="col"');
      expect(html).not.toMatch(/<img|src=|@import|url\(/);
    }
  });
});

describe('the language of a mail', () => {
  it.each([
    ['de-AT', 'Vielen Dank', 'lang="de"'],
    ['fr', 'Merci', 'lang="fr"'],
    ['en-GB', 'Thank you', 'lang="en"'],
    ['pt-BR', 'Thank you', 'lang="en"'],
  ])('is what the customer chose: %s', (locale, words, tag) => {
    const mail = mailOf('paid', inLanguage(order('Editor'), locale));
    expect(mail.text).toContain(words);
    expect(mail.html).toContain(tag);
  });

  it('decides how amounts and times are written', () => {
    const document = {
      ...order('Editor'),
      total: 123_456,
      currency: 'EUR' as const,
      dueAt: Date.UTC(2026, 10, 22, 18, 5),
    };
    const text = (locale: string) =>
      mailOf('placed', inLanguage(document, locale)).text.replaceAll(/[\u00a0\u202f]/g, ' ');
    expect(text('de')).toContain('1.234,56 €');
    expect(text('de')).toContain('22. November 2026');
    expect(text('fr')).toContain('1 234,56 €');
    expect(text('en')).toContain('€1,234.56');
    expect(text('en')).toMatch(/November 22, 2026.* 6:05.PM UTC/);
  });

  it('has the same blanks to fill in every language, so that no amount is forgotten in one', () => {
    const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([blank]) => blank).sort();
    for (const kind of MAIL_KINDS) {
      const { subject, lead } = defaultWording(kind, 'en');
      for (const language of LANGUAGES) {
        const wording = defaultWording(kind, language);
        expect([kind, language, blanks(wording.subject), blanks(wording.lead)]).toEqual([
          kind,
          language,
          blanks(subject),
          blanks(lead),
        ]);
      }
    }
  });

  it('tells why an order ended in its own words, with the particulars where they are English', () => {
    const reason = { code: 'sold_out_meanwhile', text: 'Lamp sold out before the payment arrived.' };
    const document = { ...order('Lamp'), reason };
    expect(mailOf('cancelled', document).text).toContain('Reason: Lamp sold out');
    expect(mailOf('cancelled', inLanguage(document, 'de')).text).toContain('Grund: Etwas war ausverkauft');
  });

  it('is that of what became of a line too, while words of partners stay as they came', () => {
    const document = order('Lampe');
    const [line] = document.lines;
    if (line === undefined) throw new Error('no line');
    const text = (
      detail: string,
      told: { code: string; params: Record<string, string> } | undefined,
      locale: string,
    ) =>
      mailOf(
        'delivered',
        inLanguage(
          { ...document, lines: [told === undefined ? { ...line, detail } : { ...line, detail, told }] },
          locale,
        ),
      ).text;
    const handed = { code: 'handed_over', params: { carrier: 'Post & Co', trackingCode: '123' } };
    expect(text('Handed to the carrier: Post & Co 123.', handed, 'de')).toContain(
      'Dem Versand übergeben: Post & Co 123.',
    );
    expect(text('Handed to the carrier: Post & Co 123.', handed, 'fr')).toContain(
      'Remis au transporteur : Post & Co 123.',
    );
    expect(text('Your key is ready.', { code: 'key_ready', params: {} }, 'de')).toContain(
      'Ihr Schlüssel ist bereit.',
    );
    expect(text('Your key is ready.', { code: 'key_ready', params: {} }, 'en')).toContain(
      'Your key is ready.',
    );
    expect(text('Something of a partner', undefined, 'de')).toContain('Something of a partner');
  });

  it('gives way to the merchant’s own words, filled in alike', () => {
    const wording = { subject: 'Yours: {number}', lead: 'You owe {total}.' };
    const mail = mailOf('placed', order('Editor'), { wording });
    expect([mail.subject, mail.text.split('\n')[0]]).toEqual(['Yours: TP-7K3M9Q2X', 'You owe ¥1,200.']);
  });
});
