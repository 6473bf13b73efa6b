const ALLOWED = new Set(
  'p br hr h1 h2 h3 h4 h5 h6 ul ol li dl dt dd strong b em i u s small sub sup mark blockquote q cite code pre kbd abbr span div a img figure figcaption table caption thead tbody tfoot tr th td'.split(
    ' ',
  ),
);
/** Opening one of these closes an open one of the same name, as a browser does. */
const CLOSES_ITSELF = new Set(['p', 'li', 'dt', 'dd', 'tr', 'td', 'th']);
const VOID = new Set(['br', 'hr', 'img']);
/** Elements whose text is no prose, or is read by other rules than ours: they go with all they contain. */
const DROPPED =
  'script,style,template,noscript,iframe,object,embed,applet,svg,math,textarea,title,xmp,plaintext,noembed,noframes,select,option,head';
const ATTRIBUTES: Partial<Record<string, readonly string[]>> = {
  a: ['href', 'title'],
  img: ['src', 'alt', 'width', 'height'],
  abbr: ['title'],
  td: ['colspan', 'rowspan'],
  th: ['colspan', 'rowspan'],
};
/** Decided on the raw text: it starts with these very letters, so no character reference can hide another scheme. */
const ADDRESS: Partial<Record<string, RegExp>> = {
  href: /^(?:https?:\/\/|mailto:)[^\p{Cc}]*$/iu,
  src: /^https?:\/\/[^\p{Cc}]*$/iu,
  width: /^\d{1,5}$/,
  height: /^\d{1,5}$/,
  colspan: /^\d{1,3}$/,
  rowspan: /^\d{1,3}$/,
};

/**
 * Reduces HTML to harmless formatting. The input is only read as a stream of tokens (`HTMLRewriter`); the output is
 * written anew from an allow-list, balanced, with every other `<` and `>` escaped, so nothing of the input's own markup
 * survives and no parser can read it differently. Input the tokenizer refuses becomes plain text.
 */
export async function sanitiseHtml(html: string): Promise<string> {
  const input = html.replaceAll('\0', '').trim();
  if (input === '') return '';
  if (!/[<>]/.test(input)) return input;
  try {
    return await rewrite(input);
  } catch {
    return escapeText(input);
  }
}

async function rewrite(html: string): Promise<string> {
  const out = new Writer();
  const rewriter = new HTMLRewriter()
    .on(DROPPED, {
      element(element) {
        const ends = atEnd(element, () => {
          out.dropped -= 1;
        });
        if (ends) out.dropped += 1;
      },
    })
    .on('*', {
      element(element) {
        if (out.dropped > 0 || !ALLOWED.has(element.tagName)) return;
        out.open(element.tagName, element);
        if (VOID.has(element.tagName)) return;
        const { tagName } = element;
        if (!atEnd(element, () => out.close(tagName))) out.close(tagName);
      },
    })
    .onDocument({
      text(chunk) {
        if (out.dropped === 0) out.text(chunk.text);
      },
    });
  await rewriter.transform(new Response(html)).arrayBuffer();
  return out.finish();
}

/** False when the element cannot have an end tag (void, or self-closed in foreign content): then nothing is inside it. */
function atEnd(element: Element, run: () => void): boolean {
  try {
    element.onEndTag(run);
    return true;
  } catch {
    return false;
  }
}

class Writer {
  dropped = 0;
  readonly #parts: string[] = [];
  readonly #open: string[] = [];

  open(tag: string, element: Element): void {
    const attributes = (ATTRIBUTES[tag] ?? []).flatMap((name) => {
      const value = element.getAttribute(name)?.trim();
      const wanted = ADDRESS[name];
      if (value === undefined || (wanted !== undefined && !wanted.test(value))) return [];
      return [` ${name}="${escapeText(value).replaceAll('"', '&quot;')}"`];
    });
    if (tag === 'img' && !attributes.some((attribute) => attribute.startsWith(' src='))) return;
    if (tag === 'a') attributes.push(' rel="noopener nofollow"');
    if (CLOSES_ITSELF.has(tag) && this.#open.at(-1) === tag) this.close(tag);
    this.#parts.push(`<${tag}${attributes.join('')}>`);
    if (!VOID.has(tag)) this.#open.push(tag);
  }

  close(tag: string): void {
    if (!this.#open.includes(tag)) return;
    for (let last = this.#open.pop(); last !== undefined; last = this.#open.pop()) {
      this.#parts.push(`</${last}>`);
      if (last === tag) return;
    }
  }

  text(text: string): void {
    this.#parts.push(escapeText(text));
  }

  finish(): string {
    while (this.#open.length > 0) this.#parts.push(`</${this.#open.pop()}>`);
    return this.#parts.join('').trim();
  }
}

/** Character references stay as they are: they are text already. */
const escapeText = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
