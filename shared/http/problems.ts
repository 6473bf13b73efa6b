/**
 * Every problem the API can answer with (RFC 9457): slug → status, title and what a caller does about it. The
 * `type` member is `/problems/<slug>`, which the gateway serves as a page. `docs/errors.md` is generated from this table.
 */
export const PROBLEMS = {
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    advice: 'Send well-formed JSON (or what the route asks for) with the right content type.',
  },
  'invalid-cursor': {
    status: 400,
    title: 'The cursor is not one of ours',
    advice: 'Take `next` from the previous page unchanged, or start again without a cursor.',
  },
  'invalid-signature': {
    status: 400,
    title: 'The signature does not match',
    advice: 'Sign the raw body with the current secret; check the clock.',
  },
  unauthenticated: {
    status: 401,
    title: 'Sign in first',
    advice: 'Send a valid access token as `Authorization: Bearer`; renew it when it has expired.',
  },
  'step-up-required': {
    status: 401,
    title: 'Prove again that it is you',
    advice:
      'Authenticate anew as `WWW-Authenticate` says (`POST /v1/auth/step-up`) and repeat the request with the new access token; renewing the old one is not enough (RFC 9470).',
  },
  'invalid-credentials': {
    status: 401,
    title: 'These credentials do not match',
    advice: 'Check address and password; the answer never says which of them is wrong.',
  },
  forbidden: {
    status: 403,
    title: 'Your role does not allow this',
    advice: 'Use an account whose role carries the permission that `detail` names.',
  },
  'sign-in-refused': {
    status: 403,
    title: 'This sign-in does not count here',
    advice:
      'Begin again on the sign-in page; when it stays, `detail` and the audit log tell whoever runs the connection why.',
  },
  'order-not-accepted': {
    status: 403,
    title: 'We cannot accept this order',
    advice: 'Do not repeat it; the customer can contact the shop and name `orderId`.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    advice: 'Check the path and the id; what belongs to someone else is not there for you either.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method is not offered here',
    advice: 'Use one of the methods in the `Allow` header.',
  },
  conflict: {
    status: 409,
    title: 'The present state does not allow this',
    advice: 'Read the resource again and decide by its present state.',
  },
  'request-in-flight': {
    status: 409,
    title: 'The same request is still being worked on',
    advice: 'Repeat the same request with the same key after a moment.',
  },
  'out-of-stock': {
    status: 409,
    title: 'Not enough in stock',
    advice: 'Lower the quantity that `errors` points at, or try again later.',
  },
  'promotion-used-up': {
    status: 409,
    title: 'The promotion has no use left',
    advice:
      'Leave out the code that `errors` points at and place the order again under a new key; where it points at `/quoteId` ask for a new quote and show its prices to the customer before checking out.',
  },
  'purchase-limit': {
    status: 409,
    title: 'More than one customer may buy',
    advice:
      'Lower the quantity that `errors` points at to at most `left`, and place the order again under a new key.',
  },
  'cart-closed': {
    status: 409,
    title: 'This cart takes no more changes',
    advice:
      'It was ordered, is being ordered or became part of another cart; `detail` and the ids beside it say which.',
  },
  'difference-unconfirmed': {
    status: 409,
    title: 'Money, deliveries and stock would not fit',
    advice: 'Look at `difference`, and send its `code` as `confirm` to accept it as it is.',
  },
  'quote-expired': {
    status: 409,
    title: 'This quote does not stand any more',
    advice: 'Ask for a new quote and show its prices to the customer before checking out.',
  },
  'erasure-obstructed': {
    status: 409,
    title: 'Something is still under way',
    advice:
      'End what `obstacles` names (by code and id), or wait for its end, then ask again: docs/privacy.md tells how each ends.',
  },
  'entitlement-refused': {
    status: 409,
    title: 'The licence does not allow this now',
    advice:
      'Act on `code`, which a check of the licence answers too: docs/entitlements.md lists all of them.',
  },
  suspended: {
    status: 409,
    title: 'The use of this is suspended',
    advice: 'Read the instance: `detail` says why. Keep the link and follow it again once it is resumed.',
  },
  gone: { status: 410, title: 'This has expired', advice: 'Ask for a new link or code.' },
  'precondition-failed': {
    status: 412,
    title: 'It has changed since you read it',
    advice: 'Read it again and repeat the change with its new `ETag`.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    advice: 'Send less; `detail` names the limit.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'This content type is not accepted here',
    advice: 'Use a content type the route names.',
  },
  'range-not-satisfiable': {
    status: 416,
    title: 'The file has no such part',
    advice: 'Ask for a range within the size that `Content-Range` names, or for the whole file.',
  },
  'validation-failed': {
    status: 422,
    title: 'Some fields are not valid',
    advice: 'Correct each field named in `errors`.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used for another request',
    advice: 'Use a new key for a new request.',
  },
  'precondition-required': {
    status: 428,
    title: 'Send If-Match',
    advice: 'Send `If-Match` with the `ETag` you read.',
  },
  'challenge-required': {
    status: 428,
    title: 'Solve a challenge first',
    advice:
      'Solve `challenge` (docs/accounts.md says how) and repeat the request with the answer as `X-Challenge-Answer`. Each answer counts once.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    advice: 'Wait for the seconds in `Retry-After`.',
  },
  internal: {
    status: 500,
    title: 'Something failed on our side',
    advice: 'Repeat with the same `Idempotency-Key`; report the `requestId` when it stays.',
  },
  'upstream-failed': {
    status: 502,
    title: 'A service we depend on failed',
    advice: 'Repeat with the same `Idempotency-Key` after a moment.',
  },
  unavailable: {
    status: 503,
    title: 'Not available for the moment',
    advice: 'Wait for the seconds in `Retry-After`, then repeat with the same `Idempotency-Key`.',
  },
} as const satisfies Record<string, { status: number; title: string; advice: string }>;
export type ProblemSlug = keyof typeof PROBLEMS;

/** One offending field: where it was sent, an RFC 6901 pointer (or header/parameter name), and what is wrong with it. */
export interface FieldError {
  in: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  detail: string;
}

export interface ProblemDetails {
  slug: ProblemSlug;
  detail: string;
  errors?: FieldError[];
  /** Further members of the body (RFC 9457 §3.2), e.g. `orderId`. */
  extra?: Record<string, unknown>;
  /** Further response headers, e.g. `Retry-After`. */
  headers?: Record<string, string>;
}

/** Thrown by the HTTP layer alone; use cases return tagged errors that a worker's `toProblem` turns into this. */
export class Problem extends Error {
  readonly details: ProblemDetails;
  constructor(details: ProblemDetails) {
    super(`${details.slug}: ${details.detail}`);
    this.name = 'Problem';
    this.details = details;
  }
}

/** The response of a problem. `requestId` lets a caller quote the one line of our log that tells the reason. */
export function problemResponse(details: ProblemDetails, requestId: string): Response {
  const { status, title } = PROBLEMS[details.slug];
  const body = {
    type: `/problems/${details.slug}`,
    title,
    status,
    detail: details.detail,
    requestId,
    ...(details.errors === undefined ? {} : { errors: details.errors }),
    ...details.extra,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...details.headers },
  });
}
