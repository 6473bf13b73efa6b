import type { Cart, CartLine, CartProblem } from '#shared/contracts/http/carts.ts';
import { asLabel, customLabels } from '../customisation.ts';
import { AVAILABILITY_TEXT, Customisation, Notice } from './parts.tsx';

/** What became of the lines since the visitor saw them last. */
export const Changes = ({ changes }: { changes: Cart['changes'] }) =>
  changes.length === 0 ? null : (
    <Notice>
      <strong>This has changed:</strong>
      <ul>
        {changes.map(({ text }) => (
          <li>{text}</li>
        ))}
      </ul>
    </Notice>
  );

/** A line as it is named: article, variant and what was wished for, with what stands against buying it. */
export const LineName = ({ line, problems }: { line: CartLine; problems: readonly string[] }) => (
  <>
    {line.productId === null ? (
      line.title || 'No longer offered'
    ) : (
      <a href={`/products/${line.productId}`}>{line.title}</a>
    )}
    <div class="soft">
      {line.variantTitle}
      {(line.availability === 'low_stock' || line.availability === 'backorder') &&
        ` ${AVAILABILITY_TEXT[line.availability]}`}
    </div>
    {line.parts.map(({ quantity, title, variantTitle }) => (
      <div class="soft">
        {quantity} × {title} {variantTitle}
      </div>
    ))}
    <Customisation values={line.customisation} schema={line.customisationSchema} />
    {problems.map((text) => (
      <p class="error">{text}</p>
    ))}
  </>
);

/** In words, what stands against each line; `''` holds what is of the cart as a whole. */
export function problemTexts(
  cart: Cart,
  problems: readonly Pick<CartProblem, 'pointer' | 'detail'>[],
): Map<string, string[]> {
  const texts = new Map<string, string[]>();
  for (const { pointer, detail } of problems) {
    const [, place, index = '', field = '', name = '', ...inside] = pointer.split('/');
    const line = place === 'lines' && index !== '' ? cart.lines[Number(index)] : undefined;
    const labels = customLabels(line?.customisationSchema ?? null);
    const words =
      field === 'customisation' && name !== '' ? [labels.get(name) ?? asLabel(name), ...inside] : [];
    const subject = line === undefined ? subjectOf(cart, place ?? '', index) : words.join(' ');
    const key = line?.id ?? '';
    texts.set(key, [...(texts.get(key) ?? []), sentence(subject, detail)]);
  }
  return texts;
}

const ARTICLES = 'Your articles';

function sentence(subject: string, detail: string): string {
  if (subject === '') return `This ${detail}.`;
  return subject === ARTICLES ? `${ARTICLES} ${detail}.` : `${subject}: ${detail}`;
}

function subjectOf(cart: Cart, place: string, index: string): string {
  if (place === 'codes') return `Code ${cart.codes[Number(index)] ?? ''}`.trim();
  if (place === 'lines') return ARTICLES;
  if (place === 'shippingMethodId') return 'Way of sending';
  return place === '' ? 'Your cart' : asLabel(place);
}

/** The codes in use, and one more. */
export const Codes = (props: { cart: Cart; action: string; error: string | undefined; typed: string }) => {
  const { cart, action, error, typed } = props;
  return (
    <form method="post" action={action} class="row">
      {cart.codes.map((code) => (
        <span>
          <span class="badge good">{code}</span>{' '}
          <button type="submit" class="link" name="removeCode" value={code} formnovalidate>
            Remove<span class="hidden"> {code}</span>
          </button>
        </span>
      ))}
      <label for="code">Code</label>
      <input
        class="medium"
        id="code"
        name="code"
        value={typed}
        maxlength={40}
        autocomplete="off"
        autocapitalize="characters"
        aria-invalid={error === undefined ? undefined : 'true'}
        aria-describedby={error === undefined ? undefined : 'code-error'}
      />
      <button type="submit" class="plain">
        Use code
      </button>
      {error !== undefined && (
        <p class="error" id="code-error" role="alert">
          This code {error}.
        </p>
      )}
    </form>
  );
};
