import { matches } from '#shared/http/entity-tag.ts';
import { newRequestId, REQUEST_ID_HEADER } from '#shared/http/request-id.ts';
import { log } from '#shared/observability/log.ts';
import { systemClock } from '#shared/time/time.ts';
import { type AnswerStore, type Kept } from './answer-store.ts';
import { isAnonymousRead, spelling } from './key.ts';
import { HITS_LOGGED_EVERY_MS } from './limits.ts';

/** The kept answer for one client: 304 when it has it already (RFC 9110 §13.1.2). */
export function answerWith(kept: Kept, ifNoneMatch: string | null): Response {
  if (ifNoneMatch !== null && kept.etag !== null && matches(ifNoneMatch, kept.etag)) {
    const response = new Response(null, { status: 304, headers: kept.headers });
    response.headers.delete('content-type');
    return response;
  }
  return new Response(kept.body, { headers: kept.headers });
}

/** Hits since the last line about them; they write none each. */
let hits = 0;
let loggedAtMs = 0;

/**
 * Answers what this isolate has in its memory before any other work is done: no routing, no middleware, no hop. Null for
 * everything else, which takes the long way: other sites' pages (CORS), requests that bring an id of their own.
 */
export function hit(store: AnswerStore, request: Request): Response | null {
  const { headers } = request;
  if (!isAnonymousRead(request) || headers.has('origin') || headers.has(REQUEST_ID_HEADER)) return null;
  const kept = store.spelled(spelling(request));
  if (kept === null) return null;
  const response = answerWith(kept, headers.get('if-none-match'));
  response.headers.set(REQUEST_ID_HEADER, newRequestId());
  count();
  return response;
}

function count(): void {
  hits += 1;
  const now = systemClock.now();
  if (now - loggedAtMs < HITS_LOGGED_EVERY_MS) return;
  log.info('answered from memory', { system: 'gateway', hits });
  hits = 0;
  loggedAtMs = now;
}
