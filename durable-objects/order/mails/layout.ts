import type { Language } from '#shared/domain/locale.ts';

/** A mail as blocks: the text and the HTML are two ways to write the one content. Nothing in it is markup. */
export interface MailContent {
  language: Language;
  subject: string;
  paragraphs: string[];
  table: {
    head: [string, string];
    rows: { label: string; amount: string; detail: string }[];
    totals: { label: string; amount: string; strong: boolean }[];
  };
  /** What can be done, the order itself last. */
  links: { href: string; label: string }[];
}

export const asText = ({ paragraphs, table, links }: MailContent): string =>
  [
    ...paragraphs.flatMap((paragraph) => [oneLine(paragraph), '']),
    ...table.rows.flatMap(({ label, amount, detail }) => [
      `${oneLine(label)}: ${amount}`,
      ...(detail === '' ? [] : [`  ${oneLine(detail)}`]),
    ]),
    ...table.totals.map(({ label, amount }) => `${label}: ${amount}`),
    '',
    ...links.flatMap(({ href, label }, index) => [
      index < links.length - 1 ? `${oneLine(label)}: ${href}` : href,
      '',
    ]),
  ].join('\n');

const RIGHT = ' style="text-align:right;vertical-align:top;padding:4px 0 4px 16px"';
const LEFT = ' style="text-align:left;font-weight:normal;vertical-align:top;padding:4px 0"';

/** A table that reads aloud as one, no image and nothing from elsewhere. */
export function asHtml({ language, subject, paragraphs, table, links }: MailContent): string {
  const [label, amount] = table.head;
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>`,
    '<body style="font-family:sans-serif;line-height:1.5;max-width:40em">',
    ...paragraphs.map((paragraph) => `<p>${escaped(paragraph)}</p>`),
    '<table style="border-collapse:collapse;width:100%"><thead>',
    `<tr><th scope="col"${LEFT}>${escaped(label)}</th><th scope="col"${RIGHT}>${escaped(amount)}</th></tr>`,
    '</thead><tbody>',
    ...table.rows.map(
      (row) =>
        `<tr><th scope="row"${LEFT}>${escaped(row.label)}${row.detail === '' ? '' : `<br>${escaped(row.detail)}`}</th><td${RIGHT}>${escaped(row.amount)}</td></tr>`,
    ),
    '</tbody><tfoot>',
    ...table.totals.map(({ label, amount, strong }) => {
      const [open, close] = strong ? ['<b>', '</b>'] : ['', ''];
      return `<tr><th scope="row"${LEFT}>${open}${escaped(label)}${close}</th><td${RIGHT}>${open}${escaped(amount)}${close}</td></tr>`;
    }),
    '</tfoot></table>',
    ...links.map(({ href, label }) => `<p><a href="${escaped(href)}">${escaped(label)}</a></p>`),
    '</body></html>',
  ].join('');
}

/** A line break in a title must not become a mail header or a line of its own. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const HTML_ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
