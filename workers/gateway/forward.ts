import { problemResponse, type ProblemDetails } from '#shared/http/problems.ts';
import { REQUEST_ID_HEADER } from '#shared/http/request-id.ts';
import { log } from '#shared/observability/log.ts';
import type { Env } from './env.ts';
import { serviceFor } from './routing.ts';

const CLIENT_IP_HEADER = 'x-client-ip';
const CLIENT_COUNTRY_HEADER = 'x-client-country';
/** Never forwarded: what the client claims about itself, and cookies, which carry the pages' session and no API right. */
const STRIPPED_HEADERS = [
  CLIENT_IP_HEADER,
  CLIENT_COUNTRY_HEADER,
  'cookie',
  'x-forwarded-for',
  'x-real-ip',
  'true-client-ip',
];

export interface ForwardContext {
  env: Env;
  requestId: string;
  /** Address as the platform saw it (`cf-connecting-ip`); undefined where there is none. */
  clientIp: string | undefined;
  /** Country of that address (`cf-ipcountry`). */
  clientCountry: string | undefined;
}

/**
 * Sends a request to the worker its path belongs to: method, query, body stream and headers unchanged, but for request
 * id and client address, which are this worker's word alone. A worker that fails answers 502 or 503 without its inside.
 */
export async function forward(request: Request, context: ForwardContext): Promise<Response> {
  const { pathname } = new URL(request.url);
  const service = serviceFor(pathname);
  if (service === null) {
    return problemResponse({ slug: 'not-found', detail: `No resource at ${pathname}.` }, context.requestId);
  }
  const headers = new Headers(request.headers);
  for (const name of STRIPPED_HEADERS) headers.delete(name);
  headers.set(REQUEST_ID_HEADER, context.requestId);
  if (context.clientIp !== undefined) headers.set(CLIENT_IP_HEADER, context.clientIp);
  if (context.clientCountry !== undefined) headers.set(CLIENT_COUNTRY_HEADER, context.clientCountry);
  try {
    const response = await context.env[service].fetch(new Request(request, { headers, redirect: 'manual' }));
    if (response.status < 500 || isProblem(response)) return response;
    log.error('worker failed', { requestId: context.requestId, service, status: response.status });
    return problemResponse(FAILED, context.requestId);
  } catch (error) {
    log.error('worker failed', { requestId: context.requestId, service, error });
    return problemResponse(isPassing(error) ? UNAVAILABLE : FAILED, context.requestId);
  }
}

const DETAIL = 'Quote the requestId when you report this.';
const FAILED: ProblemDetails = { slug: 'upstream-failed', detail: DETAIL };
const UNAVAILABLE: ProblemDetails = { slug: 'unavailable', detail: DETAIL, headers: { 'retry-after': '1' } };

const isProblem = (response: Response): boolean =>
  response.headers.get('content-type')?.startsWith('application/problem+json') === true;

/** The platform marks faults that pass by themselves. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && (('retryable' in error && !!error.retryable) || 'overloaded' in error);
