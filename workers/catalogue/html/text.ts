const NAMED: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  eacute: 'é',
  egrave: 'è',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  rsquo: '’',
  lsquo: '‘',
  ldquo: '“',
  rdquo: '”',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
};
const BLOCK_END = /<\/(?:p|div|li|h[1-6]|tr|td|th|blockquote|dt|dd|figcaption)>|<(?:br|hr)>/g;

/** Plain text of HTML that `sanitiseHtml` wrote (its `<` and `>` are markup, all others are escaped). */
export function plainText(sanitisedHtml: string): string {
  return sanitisedHtml
    .replaceAll(BLOCK_END, ' ')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,8}));/gi, (whole, decimal, hex, name) =>
      reference(whole, decimal as string | undefined, hex as string | undefined, name as string | undefined),
    )
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function reference(
  whole: string,
  decimal: string | undefined,
  hex: string | undefined,
  name: string | undefined,
): string {
  if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? whole) : whole;
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : '';
}

/** The beginning of a text, cut at a word and marked when something is missing. */
export function excerpt(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const cut = text.slice(0, charactersMax - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > charactersMax / 2 ? cut.slice(0, space) : cut).replace(/[\s,;:.–-]+$/, '')}…`;
}
