import { type Language, languageOf } from '#shared/domain/locale.ts';
import type { Mail } from '#shared/mail/mail.ts';
import { type Currency, decimalText } from '#shared/money/money.ts';
import { declineIn, type Ledger, type Line, type OrderDocument, shareOf } from './machine/document.ts';
import type { MailKind } from '#shared/contracts/http/mail-templates.ts';
import type { MailStep } from './machine/intents.ts';
import { fulfilmentOf } from './machine/lines.ts';
import { capturedOf, cardsOf, isLost, refundedOf, restOf } from './machine/money.ts';
import { de } from './mails/de.ts';
import { en, type Messages, type Wording } from './mails/en.ts';
import { fr } from './mails/fr.ts';
import { asHtml, asText, type MailContent, oneLine } from './mails/layout.ts';

export type { Wording } from './mails/en.ts';

const MESSAGES: Record<Language, Messages> = { en, de, fr };
/** Kinds of mail in the order of an order's life. */
export const MAIL_KINDS = Object.keys(en.mails) as MailKind[];
export const defaultWording = (kind: MailKind, language: Language): Wording => MESSAGES[language].mails[kind];

export interface MailContext {
  to: string;
  publicOrigin: string;
  /** The merchant's own words for this kind and language; null: ours. */
  wording: Partial<Wording> | null;
}

/**
 * The mail of one event of an order, in the order's language. Pure. Everything that came from outside is escaped in the
 * HTML part. Transactional: it answers what the customer did, so it offers no way to unsubscribe.
 */
export function orderMail(step: MailStep, order: OrderDocument, context: MailContext): Mail {
  const content = contentOf(step, order, context);
  return {
    to: context.to,
    subject: content.subject,
    text: asText(content),
    html: asHtml(content),
    idempotencyKey: `${order.id}:mail:${step.id}`,
  };
}

/** Mails that say of each line what became of it, a tracking code for instance. */
const DETAILED: ReadonlySet<MailKind> = new Set<MailKind>(['delivered', 'part_delivered']);

function contentOf(
  step: MailStep,
  order: OrderDocument,
  { publicOrigin, wording }: MailContext,
): MailContent {
  const { locale } = order.request;
  const language = languageOf(locale);
  const messages = MESSAGES[language];
  const money = (amount: number): string => moneyIn(locale, amount, order.currency);
  const reason = reasonIn(order, language);
  const values: Record<string, string> = {
    number: order.number,
    total: money(order.total),
    byGiftCard: money(onCardsOf(order)),
    amount: money(amountOf(step, order)),
    due: dateIn(locale, order.dueAt),
    reason,
  };
  const said = (text: string): string => oneLine(filled(text, values));
  const lead = wording?.lead ?? leadOf(step, order, messages);
  const why = ENDING.has(step.mail) && reason !== '' ? [said(messages.labels.why)] : [];
  const lines = order.lines.filter((line) => step.lineIds?.includes(line.id) ?? true);
  return {
    language,
    subject: said(wording?.subject ?? subjectOf(step, order, messages)),
    paragraphs: [said(lead), ...why, ...written(step, order, language)],
    table: {
      head: [messages.labels.article, messages.labels.amount],
      rows: lines.map((line) => ({
        label: `${unitsOf(step, line)} × ${titleOf(order, line)}`,
        amount: money(Math.floor((shareOf(line) * unitsOf(step, line)) / line.quantity)),
        detail: DETAILED.has(step.mail) ? detailOf(line, order, messages) : '',
      })),
      totals: totalsOf(step, order, messages, money),
    },
    links: [
      ...verifying(step, order, messages),
      { href: `${publicOrigin}/orders/${order.id}`, label: said(messages.labels.open) },
    ],
  };
}

/** The provider's page, where the customer verifies his account. */
const verifying = ({ mail }: MailStep, { payment }: OrderDocument, { labels }: Messages) => {
  const { verification = null } = payment;
  return mail === 'verify_account' && verification !== null
    ? [{ href: verification.url, label: labels.verify }]
    : [];
};

/** Why something is suspended or was declined, or what somebody of the team wrote: nothing in it is filled in. */
function written(
  { mail, text = '', suspension }: MailStep,
  { payment }: OrderDocument,
  language: Language,
): string[] {
  const { labels, suspensions } = MESSAGES[language];
  if (suspension !== undefined) return [suspensions[suspension]];
  const decline = adviceIn(payment, language);
  if (mail === 'pay_again' && decline !== null) return [decline];
  if (text === '') return [];
  return [oneLine(mail === 'return_declined' ? filled(labels.why, { reason: text }) : text)];
}

const unitsOf = ({ units }: MailStep, line: Line): number => units?.[line.id] ?? line.quantity;

/** A part of a bundle bears its name too. */
function titleOf({ bundles = [] }: OrderDocument, { title, variantTitle, bundleId }: Line): string {
  const within = bundles.find(({ id }) => id === bundleId)?.title ?? '';
  const whole = within === '' ? title : `${within}: ${title}`;
  return variantTitle === '' ? whole : `${whole} (${variantTitle})`;
}

/** What became of a line, in the customer's language where the words are ours. */
function detailOf(line: Line, order: OrderDocument, { details, leads }: Messages): string {
  const charged = capturedOf(order);
  if (isLost(line)) return charged === 0 || charged < order.total ? leads.lineNotCharged : leads.lineGoesBack;
  const words: Record<string, string> = details;
  const told = words[line.told?.code ?? ''];
  return told === undefined ? line.detail : filled(told, line.told?.params ?? {});
}

/** A row with what was collected, once something was. */
function chargedOf(order: OrderDocument, { labels }: Messages, money: (amount: number) => string) {
  const charged = capturedOf(order);
  return charged === 0 ? [] : [{ label: labels.charged, amount: money(charged), strong: false }];
}

function totalsOf(
  { mail, units, lineIds }: MailStep,
  order: OrderDocument,
  messages: Messages,
  money: (amount: number) => string,
) {
  const { labels } = messages;
  if (units !== undefined || mail === 'suspended' || mail === 'resumed') return [];
  if (lineIds !== undefined) return chargedOf(order, messages, money);
  const { pricing } = order;
  const shipping = pricing?.shipping ?? null;
  const refunded = refundedOf(order);
  const onCards = onCardsOf(order);
  const row = (label: string, amount: number, strong = false) => ({ label, amount: money(amount), strong });
  return [
    ...(shipping === null ? [] : [row(labels.shipping, shipping.total)]),
    row(labels.total, order.total, true),
    ...(onCards === 0 ? [] : [row(labels.byGiftCard, onCards)]),
    ...(pricing === null || pricing.taxTotal === 0 ? [] : [row(labels.tax, pricing.taxTotal)]),
    ...(mail === 'delivered' ? chargedOf(order, messages, money) : []),
    ...(refunded === 0 ? [] : [row(labels.refunded, refunded)]),
  ];
}

/** What gift cards pay. */
const onCardsOf = (order: OrderDocument): number =>
  cardsOf(order).reduce((sum, { authorised, voided }) => sum + authorised - voided, 0);

/** They tell of the payment, which asks for what gift cards leave. */
const OF_PAYMENT: ReadonlySet<MailKind> = new Set<MailKind>([
  'reserved',
  'paid',
  'confirm_payment',
  'verify_account',
  'pay_again',
]);
const ENDING: ReadonlySet<MailKind> = new Set<MailKind>(['cancelled', 'refunded']);

function amountOf(step: MailStep, order: OrderDocument): number {
  if (step.amount !== undefined) return step.amount;
  if (OF_PAYMENT.has(step.mail)) return restOf(order);
  const isPaid = step.mail === 'refunded' || (step.mail === 'cancelled' && capturedOf(order) > 0);
  return isPaid ? refundedOf(order) : order.total;
}

function subjectOf({ mail }: MailStep, order: OrderDocument, { mails, leads }: Messages): string {
  const isPart = mail === 'delivered' && fulfilmentOf(order) === 'partial';
  return isPart ? leads.deliveredInPartSubject : mails[mail].subject;
}

/** What is ready can be opened; a parcel that was handed over is on its way, not there. */
function leadOf({ mail }: MailStep, order: OrderDocument, messages: Messages): string {
  const { mails, leads } = messages;
  if (mail === 'placed' && order.total === 0) return leads.placedFree;
  if (mail === 'reserved') return reservedLead(order, messages);
  if (mail === 'refunded' || mail === 'cancelled') return endedLead(mail, order, messages);
  if (mail !== 'delivered') return mails[mail].lead;
  if (fulfilmentOf(order) === 'partial') return leads.deliveredInPart;
  const parcels = order.lines.filter((line) => line.kind === 'physical').length;
  if (parcels === 0) return mails.delivered.lead;
  return parcels === order.lines.length ? leads.deliveredParcels : leads.deliveredMixed;
}

/** Where gift cards pay, not all of it is reserved with a card of a bank, or nothing. */
function reservedLead(order: OrderDocument, { mails, leads }: Messages): string {
  const onCards = onCardsOf(order);
  if (onCards === 0) return mails.reserved.lead;
  return onCards < order.total ? leads.reservedInPartByGiftCard : leads.reservedByGiftCard;
}

/** As the money moved: a person may end an order as refunded without giving anything back, or as cancelled that was paid. */
function endedLead(mail: MailKind, order: OrderDocument, { mails, leads }: Messages): string {
  if (mail === 'cancelled' && capturedOf(order) === 0) return mails.cancelled.lead;
  if (refundedOf(order) > 0) return mails.refunded.lead;
  return mail === 'refunded' ? leads.refundedNothing : leads.cancelledAfterCharge;
}

/** English says it with its particulars; another language says what kind of reason it was. */
function reasonIn({ reason, payment }: OrderDocument, language: Language): string {
  if (reason === null) return '';
  if (language === 'en') return reason.text;
  const { reasons, labels } = MESSAGES[language];
  const known: Record<string, string> = reasons;
  const words = known[reason.code] ?? reason.text;
  const decline = adviceIn(payment, language);
  if (reason.code !== 'payment_abandoned' || decline === null) return words;
  return `${words} ${filled(labels.declined, { decline })}`;
}

/** What to do about a payment that failed; null where nobody told so. */
const adviceIn = (payment: Ledger, language: Language): string | null =>
  payment.advice === undefined ? null : declineIn(payment, language);

/** Names in braces become their values; a name nobody knows stays as it is. */
const filled = (text: string, values: Record<string, string>): string =>
  text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);

/** From the decimal text, so that no amount passes through a binary fraction. */
const moneyIn = (locale: string, amount: number, currency: Currency): string =>
  moneyFormat(locale, currency).format(decimalText({ amount, currency }) as Intl.StringNumericLiteral);
const dateIn = (locale: string, at: number): string => `${dateFormat(locale).format(at)} UTC`;

/** Kept: making a format costs a hundred times as much as using it. */
const moneyFormats = new Map<string, Intl.NumberFormat>();
const dateFormats = new Map<string, Intl.DateTimeFormat>();
const moneyFormat = (locale: string, currency: Currency): Intl.NumberFormat =>
  kept(
    moneyFormats,
    `${locale} ${currency}`,
    () => new Intl.NumberFormat(locale, { style: 'currency', currency }),
  );
const dateFormat = (locale: string): Intl.DateTimeFormat =>
  kept(
    dateFormats,
    locale,
    () => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }),
  );

function kept<Value>(formats: Map<string, Value>, key: string, make: () => Value): Value {
  const format = formats.get(key) ?? make();
  formats.set(key, format);
  return format;
}
