/**
 * Every problem the API can answer with (RFC 9457): slug → status and title. The `type` member is `/problems/<slug>`,
 * which the gateway serves as a page. `docs/errors.md` is generated from this table.
 */
export const PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-cursor': { status: 400, title: 'The cursor is not one of ours' },
  'invalid-signature': { status: 400, title: 'The signature does not match' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  'invalid-credentials': { status: 401, title: 'These credentials do not match' },
  forbidden: { status: 403, title: 'Your role does not allow this' },
  'not-found': { status: 404, title: 'There is nothing here' },
  'method-not-allowed': { status: 405, title: 'This method is not offered here' },
  conflict: { status: 409, title: 'The present state does not allow this' },
  'request-in-flight': { status: 409, title: 'The same request is still being worked on' },
  'out-of-stock': { status: 409, title: 'Not enough in stock' },
  gone: { status: 410, title: 'This has expired' },
  'precondition-failed': { status: 412, title: 'It has changed since you read it' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'This content type is not accepted here' },
  'validation-failed': { status: 422, title: 'Some fields are not valid' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key was used for another request' },
  'precondition-required': { status: 428, title: 'Send If-Match' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something failed on our side' },
  'upstream-failed': { status: 502, title: 'A service we depend on failed' },
  unavailable: { status: 503, title: 'Not available for the moment' },
} as const satisfies Record<string, { status: number; title: string }>;
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
