import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitiseHtml } from './sanitise.ts';
import { excerpt, plainText } from './text.ts';

const HOSTILE: [name: string, html: string, clean: string][] = [
  ['a script goes with its text', 'a<script>alert(1)</script>b', 'ab'],
  ['an event handler goes', '<p onclick="alert(1)">x</p>', '<p>x</p>'],
  ['an unknown element leaves its text', '<blink>x</blink>', 'x'],
  ['a script address goes', '<a href="javascript:alert(1)">x</a>', '<a rel="noopener nofollow">x</a>'],
  [
    'a script address behind a character reference goes',
    '<a href="java&#115;cript:alert(1)">x</a>',
    '<a rel="noopener nofollow">x</a>',
  ],
  [
    'a script address behind a tab goes',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a rel="noopener nofollow">x</a>',
  ],
  ['a data image goes', '<img src="data:text/html,<script>alert(1)</script>">', ''],
  ['an image without an address goes', '<img src=x onerror=alert(1)>', ''],
  ['a frame goes with its content', 'a<iframe srcdoc="<script>1</script>">x</iframe>b', 'ab'],
  ['foreign markup goes with its content', 'a<svg><style><img src=x onerror=alert(1)></style></svg>b', 'ab'],
  ['mathematics go with their content', '<math><mtext><img src=x onerror=alert(1)></mtext></math>', ''],
  ['a text area goes with what it hides', '<textarea></textarea><b>x</b>', '<b>x</b>'],
  ['a comment goes', 'a<!-- <script>alert(1)</script> -->b', 'ab'],
  ['a conditional comment goes', 'a<!--[if IE]><script>alert(1)</script><![endif]-->b', 'ab'],
  ['a style attribute goes', '<p style="background:url(javascript:1)">x</p>', '<p>x</p>'],
  ['what is open is closed', '<ul><li>a<li>b', '<ul><li>a</li><li>b</li></ul>'],
  ['what was never open is not closed', 'a</div></p>b', 'ab'],
  ['a form goes and leaves its text', '<form action="//evil"><input name=x>y</form>', 'y'],
  [
    'a quote cannot leave its attribute',
    `<img src='https://a.test/"onerror="alert(1)'>`,
    '<img src="https://a.test/&quot;onerror=&quot;alert(1)">',
  ],
  ['NUL goes', 'a\0b', 'ab'],
  [
    'harmless formatting stays',
    '<h2>A</h2>\n<p>b <strong>c</strong><br>d</p>',
    '<h2>A</h2>\n<p>b <strong>c</strong><br>d</p>',
  ],
  ['character references stay text', '<p>1 &lt; 2 &amp; 3</p>', '<p>1 &lt; 2 &amp; 3</p>'],
];

describe('descriptions are made harmless', () => {
  it.each(HOSTILE)('%s', async (_name, html, clean) => {
    expect(await sanitiseHtml(html)).toBe(clean);
  });

  const fragment = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '<script>',
    '</script>',
    '<svg>',
    '</svg>',
    '<p>',
    '</p>',
    '<a href="',
    'javascript:',
    '<img src=',
    ' onerror=alert(1)',
    '<!--',
    '-->',
    '<style>',
    '</style>',
    '<title>',
    '</title>',
    '<select>',
    '<table>',
    '<td>',
    '&lt;',
    '&#60;',
    '<noscript>',
    '</noscript>',
    '<textarea>',
    '<math>',
    '<![CDATA[',
    ']]>',
    '<plaintext>',
    '<xmp>',
    'text',
    ' ',
    '/',
    '=',
    '\0',
  );

  it('leaves no markup but its own, whatever is put together, and changes nothing when applied twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { maxLength: 30 }), async (parts) => {
        const clean = await sanitiseHtml(parts.join(''));
        const markup = clean.match(/<[^>]*>?/g) ?? [];
        for (const tag of markup) {
          expect(tag).toMatch(
            /^<\/?(?:p|a|img|table|td)(?: (?:href|src|title|alt|width|height|rel|colspan|rowspan)="[^"<>]*")*>$/,
          );
          expect(tag).not.toMatch(/(?:href|src)="(?!https?:\/\/|mailto:)/i);
        }
        expect(await sanitiseHtml(clean)).toBe(clean);
      }),
      { numRuns: 500 },
    );
  });
});

describe('plain text of a description', () => {
  it('parts blocks by spaces and reads character references', () => {
    expect(plainText('<p>Gr&uuml;n &amp; blau</p><p>1 &lt; 2&#8212;x</p>')).toBe('Grün & blau 1 < 2—x');
  });
  it('is cut at a word', () => {
    expect(excerpt('one two three four', 14)).toBe('one two three…');
  });
});
