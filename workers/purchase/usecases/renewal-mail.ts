import { asHtml, asText, oneLine } from '#objects/order/mails/layout.ts';
import type { InstanceQuote } from '#shared/contracts/http/instance-changes.ts';
import { type Language, languageOf } from '#shared/domain/locale.ts';
import type { Mail } from '#shared/mail/mail.ts';
import { moneyText } from '#shared/money/money.ts';

/** `reminder`: it is about to be renewed and charged; `stopped`: it was not paid, however often. */
type RenewalNews = { kind: 'reminder'; quote: InstanceQuote; endsAt: number } | { kind: 'stopped' };

interface Words {
  reminder: { subject: string; lead: string };
  stopped: { subject: string; lead: string };
  article: string;
  price: string;
  link: string;
}

const WORDS: Record<Language, Words> = {
  en: {
    reminder: {
      subject: 'Your product is about to be renewed',
      lead: 'Its term ends on {date}. The day before, the payment method you keep is charged for a further term. If you do not want that, switch it off before.',
    },
    stopped: {
      subject: 'Your product was not renewed',
      lead: 'The payment method you keep could not be charged, and it does not renew by itself any more. Renew it yourself to go on using it: after its term it is out of use, and after 30 more days it is removed.',
    },
    article: 'Article',
    price: 'Price',
    link: 'Renew, change or switch off',
  },
  de: {
    reminder: {
      subject: 'Ihr Produkt wird bald verlängert',
      lead: 'Seine Laufzeit endet am {date}. Am Tag davor wird die hinterlegte Zahlungsart für eine weitere Laufzeit belastet. Wenn Sie das nicht wünschen, schalten Sie es vorher ab.',
    },
    stopped: {
      subject: 'Ihr Produkt wurde nicht verlängert',
      lead: 'Die hinterlegte Zahlungsart konnte nicht belastet werden, und es verlängert sich nicht mehr von selbst. Verlängern Sie es, um es weiter zu nutzen: Nach seiner Laufzeit ist es gesperrt, nach weiteren 30 Tagen wird es gelöscht.',
    },
    article: 'Artikel',
    price: 'Preis',
    link: 'Verlängern, ändern oder abschalten',
  },
  fr: {
    reminder: {
      subject: 'Votre produit va être renouvelé',
      lead: 'Sa période se termine le {date}. La veille, le moyen de paiement enregistré est débité pour une nouvelle période. Si vous ne le souhaitez pas, désactivez-le avant.',
    },
    stopped: {
      subject: 'Votre produit n’a pas été renouvelé',
      lead: 'Le moyen de paiement enregistré n’a pas pu être débité, et il ne se renouvelle plus de lui-même. Renouvelez-le pour continuer à l’utiliser : après sa période il est suspendu, et 30 jours plus tard il est supprimé.',
    },
    article: 'Article',
    price: 'Prix',
    link: 'Renouveler, changer ou désactiver',
  },
};

/** What the owner is told of a renewal, in his language; without whom it is for. Pure. */
export function renewalMail(
  news: RenewalNews,
  { locale, link }: { locale: string; link: string },
): Omit<Mail, 'to' | 'idempotencyKey'> {
  const language = languageOf(locale);
  const words = WORDS[language];
  const { subject, lead } = words[news.kind];
  const date =
    news.kind === 'reminder'
      ? new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }).format(news.endsAt)
      : '';
  const rows =
    news.kind === 'reminder'
      ? [{ label: titleOf(news.quote), amount: moneyText(news.quote.total), detail: '' }]
      : [];
  const content = {
    language,
    subject,
    paragraphs: [lead.replace('{date}', date)],
    table: { head: [words.article, words.price] as [string, string], rows, totals: [] },
    links: [{ href: link, label: words.link }],
  };
  return { subject: oneLine(subject), text: asText(content), html: asHtml(content) };
}

const titleOf = ({ title, plan }: InstanceQuote): string =>
  [title, plan.variantTitle].filter((text) => text !== '').join(' · ');
