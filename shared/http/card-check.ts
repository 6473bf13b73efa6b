import type { Context } from 'hono';
import { cardDataPlaces, holdsCardNumber, isCardField } from '#shared/domain/card-data.ts';
import type { FieldError } from './problems.ts';
import { Problem } from './problems.ts';

const DETAIL = 'must not hold card data: that goes to the payment provider alone';

/** Refuses a request that carries card data anywhere: 422 with the place, never with the value. */
export function refuseCardData(found: readonly FieldError[]): void {
  if (found.length === 0) return;
  throw new Problem({
    slug: 'validation-failed',
    detail: 'See `errors` for each field.',
    errors: [...found],
  });
}

/**
 * Random numbers that browsers keep for other scripts, and tools and the platform send to follow a request: of those of
 * sixteen digits one in thirty looks like a card's. Nobody here reads, keeps or logs them; of cookies, only our own.
 */
const RANDOM_HEADERS =
  /^(cookie|cf-ray|traceparent|tracestate|baggage|sentry-trace|b3|x-(b3|datadog)-.+|x-cloud-trace-context|x-amzn-trace-id)$/;

/** Card data in address and headers. Needs no body, so it is asked of every request. */
export function cardDataInHead(c: Context): FieldError[] {
  const found: FieldError[] = [];
  if (holdsCardNumber(readable(c.req.path))) found.push({ in: 'path', pointer: '', detail: DETAIL });
  for (const [name, values] of Object.entries(c.req.queries())) {
    if (isCardData(name, values.join('\n')))
      found.push({ in: 'query', pointer: pointerOf(name), detail: DETAIL });
  }
  for (const [name, value] of c.req.raw.headers) {
    if (!RANDOM_HEADERS.test(name) && holdsCardNumber(readable(value)))
      found.push({ in: 'header', pointer: name, detail: DETAIL });
  }
  return found;
}

/** Card data in a body that is read as a whole. Whoever reads it afterwards gets the same text again. */
export async function cardDataInBody(c: Context): Promise<FieldError[]> {
  if (c.req.raw.body === null) return [];
  const text = await c.req.text();
  if (text === '') return [];
  if (c.req.header('content-type')?.includes('application/x-www-form-urlencoded') === true)
    return [...new URLSearchParams(text)]
      .filter(([name, value]) => isCardData(name, value))
      .map(([name]) => ({ in: 'body', pointer: pointerOf(name), detail: DETAIL }));
  const found = cardDataInJson(text);
  // Also what is no JSON, and numbers that lose digits when they are read.
  return found.length === 0 && holdsCardNumber(text) ? [{ in: 'body', pointer: '', detail: DETAIL }] : found;
}

/** Card data in a body as it was read. */
export const cardDataIn = (body: unknown): FieldError[] =>
  cardDataPlaces(body).map((pointer) => ({ in: 'body', pointer, detail: DETAIL }));

function cardDataInJson(text: string): FieldError[] {
  try {
    return cardDataIn(JSON.parse(text));
  } catch {
    return [];
  }
}

const isCardData = (name: string, value: string): boolean =>
  isCardField(name) || holdsCardNumber(value) || holdsCardNumber(name);

/** RFC 6901; a name that is a card number itself is left out. */
const pointerOf = (name: string): string =>
  holdsCardNumber(name) ? '' : `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function readable(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
