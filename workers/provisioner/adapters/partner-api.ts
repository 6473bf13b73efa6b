import { outsideFetch } from '#shared/observability/work.ts';
import { z } from 'zod';
import type { Gates } from './gates.ts';
import { PartnerFault } from './partner-fault.ts';
import { acceptedOrderSchema, partnerNewsSchema, type PartnerNews } from '../partner-news-schema.ts';

/** Collections at the partner; each resource is made by an operation that ends later. */
export type PartnerResource = 'services' | 'shipments';

export interface AcceptedOperation {
  operationId: string;
  resourceId: string | null;
}

/** The partner's final no, with its own words when it gave any. Everything else is thrown and worth a repeat. */
export interface PartnerRefusal {
  kind: 'refused';
  status: number;
  message: string | null;
}

export interface PartnerApi {
  /** Orders a resource. The same key never makes a second one. */
  order(
    resource: PartnerResource,
    idempotencyKey: string,
    body: Record<string, unknown>,
  ): Promise<{ kind: 'accepted'; operation: AcceptedOperation } | PartnerRefusal>;
  /** State of an operation; null when the partner does not know it. */
  operation(operationId: string): Promise<PartnerNews | null>;
  /**
   * Suspends or resumes a resource: `POST /<resource>/<id>/suspend` with `{sequence, reason}`, or `…/resume` with
   * `{sequence}`, under an idempotency key. Of two wishes the partner heeds the one with the greater sequence, so that one
   * which arrives late changes nothing. A resource that is not there has no use to stop.
   */
  changeUse(
    resource: PartnerResource,
    resourceId: string,
    change: UseChange,
  ): Promise<{ kind: 'changed' } | PartnerRefusal>;
  /**
   * Changes a resource in place: `PATCH /<resource>/<id>` with what is to be, or renews its credentials:
   * `POST /<resource>/<id>/rotate`; both with `sequence` under an idempotency key. Answered at once (200, `result` where it
   * has new access data) or by an operation that ends later (202).
   */
  change(
    resource: PartnerResource,
    resourceId: string,
    change: ResourceChange,
  ): Promise<
    | { kind: 'changed'; result: Record<string, unknown> | null }
    | { kind: 'accepted'; operationId: string }
    | PartnerRefusal
  >;
  /** Removes a resource; one that is not there counts as removed. */
  remove(resource: PartnerResource, resourceId: string): Promise<{ kind: 'removed' } | PartnerRefusal>;
}

export interface UseChange {
  wish: 'suspend' | 'resume';
  reason: string;
  sequence: number;
  idempotencyKey: string;
}

/** `to` null: it stays what it is, with new credentials. */
export interface ResourceChange {
  to: { plan: string; parameters: Record<string, unknown> } | null;
  sequence: number;
  idempotencyKey: string;
}

const changedSchema = z.object({ result: z.record(z.string(), z.unknown()).nullish() });
const CALL_TIMEOUT_MS = 10_000;
const ANSWER_BYTES_MAX = 64 * 1024;
const REASON_LENGTH_MAX = 300;
/** Client errors that a repeat can mend: timeout, conflict with a call still in flight, too early, too many. */
const RETRIABLE_STATUS = new Set([408, 409, 423, 425, 429]);
const GONE = new Set([404, 410]);
/** DELETE answers 409 when the resource has left the partner's hands: that is final. */
const FINAL_ON_REMOVAL = new Set([409, 423]);

/** The partner's HTTP API: JSON, bearer key, idempotency keys on POST (shape in workers/sandbox/README.md). */
export function partnerApi(options: {
  apiBase: string;
  apiKey: string;
  gates: Pick<Gates, 'pass'>;
}): PartnerApi {
  async function call(method: string, path: string, init: { key?: string; body?: unknown } = {}) {
    const headers: Record<string, string> = {
      authorization: `Bearer ${options.apiKey}`,
      accept: 'application/json',
    };
    if (init.key !== undefined) headers['idempotency-key'] = init.key;
    if (init.body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await outsideFetch(`${options.apiBase}${path}`, {
        method,
        headers,
        ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
        redirect: 'manual',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      return { status: response.status, body: await readJson(response) };
    } catch (error) {
      throw new PartnerFault(`${method} ${path}: ${error instanceof Error ? error.message : 'no answer'}`);
    }
  }

  const api: PartnerApi = {
    async order(resource, idempotencyKey, body) {
      const answer = await call('POST', `/${resource}`, { key: idempotencyKey, body });
      if (isSuccess(answer.status)) {
        const operation = acceptedOrderSchema.safeParse(answer.body);
        if (!operation.success) throw new PartnerFault(`POST /${resource}: answer does not parse`);
        return { kind: 'accepted', operation: operation.data };
      }
      return refusal(answer, RETRIABLE_STATUS);
    },
    async operation(operationId) {
      const answer = await call('GET', `/operations/${encodeURIComponent(operationId)}`);
      if (answer.status === 404) return null;
      if (!isSuccess(answer.status)) throw new PartnerFault(`GET operation: status ${answer.status}`);
      const operation = partnerNewsSchema.safeParse(answer.body);
      if (!operation.success) throw new PartnerFault('GET operation: answer does not parse');
      return operation.data;
    },
    async changeUse(resource, resourceId, { wish, reason, sequence, idempotencyKey }) {
      const answer = await call('POST', `/${resource}/${encodeURIComponent(resourceId)}/${wish}`, {
        key: idempotencyKey,
        body: wish === 'suspend' ? { sequence, reason } : { sequence },
      });
      if (isSuccess(answer.status) || GONE.has(answer.status)) return { kind: 'changed' };
      return refusal(answer, RETRIABLE_STATUS);
    },
    async change(resource, resourceId, { to, sequence, idempotencyKey }) {
      const path = `/${resource}/${encodeURIComponent(resourceId)}`;
      const answer =
        to === null
          ? await call('POST', `${path}/rotate`, { key: idempotencyKey, body: { sequence } })
          : await call('PATCH', path, { key: idempotencyKey, body: { ...to, sequence } });
      if (!isSuccess(answer.status)) return refusal(answer, RETRIABLE_STATUS);
      const accepted = acceptedOrderSchema.safeParse(answer.body);
      if (accepted.success) return { kind: 'accepted', operationId: accepted.data.operationId };
      const changed = changedSchema.safeParse(answer.body);
      if (!changed.success) throw new PartnerFault(`change of ${resource}: answer does not parse`);
      return { kind: 'changed', result: changed.data.result ?? null };
    },
    async remove(resource, resourceId) {
      const answer = await call('DELETE', `/${resource}/${encodeURIComponent(resourceId)}`);
      if (isSuccess(answer.status) || GONE.has(answer.status)) return { kind: 'removed' };
      const retriable = new Set([...RETRIABLE_STATUS].filter((status) => !FINAL_ON_REMOVAL.has(status)));
      return refusal(answer, retriable);
    },
  };
  const pass = <Value>(work: () => Promise<Value>) => options.gates.pass('partner', work);
  return {
    order: (...call) => pass(() => api.order(...call)),
    operation: (...call) => pass(() => api.operation(...call)),
    changeUse: (...call) => pass(() => api.changeUse(...call)),
    change: (...call) => pass(() => api.change(...call)),
    remove: (...call) => pass(() => api.remove(...call)),
  };
}

/** Too early or too many: nobody looked at what was asked for. */
export const isTurnedAway = (status: number): boolean => status === 425 || status === 429;

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function refusal(answer: { status: number; body: unknown }, retriable: Set<number>): PartnerRefusal {
  const isFinal = answer.status >= 400 && answer.status < 500 && !retriable.has(answer.status);
  if (!isFinal)
    throw new PartnerFault(`partner answered ${answer.status}`, { madeNothing: isTurnedAway(answer.status) });
  return { kind: 'refused', status: answer.status, message: reasonOf(answer.body) };
}

const reasonSchema = z.union([
  z.object({ error: z.object({ message: z.string() }) }).transform((body) => body.error.message),
  z.object({ message: z.string() }).transform((body) => body.message),
  z.object({ detail: z.string() }).transform((body) => body.detail),
]);

function reasonOf(body: unknown): string | null {
  const reason = reasonSchema.safeParse(body);
  return reason.success ? readable(reason.data) : null;
}

/** A partner's words, fit to be shown: one line, no control characters, not endless. */
export const readable = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, REASON_LENGTH_MAX);

/** Parsed JSON of at most `bytesMax`; anything else is null, which no schema accepts. */
export async function readJson(response: Response, bytesMax = ANSWER_BYTES_MAX): Promise<unknown> {
  if (response.body === null) return null;
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > bytesMax) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  try {
    return JSON.parse(text + decoder.decode()) as unknown;
  } catch {
    return null;
  }
}
