import type { Context } from 'hono';
import { z } from 'zod';
import { challengeSchema } from '#shared/contracts/http/challenge.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import type { PageEnv } from './env.ts';
import { callInternally, type InternalCall } from './internal.ts';

const refusalSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
  orderId: z.string().optional(),
  challenge: challengeSchema.optional().catch(undefined),
  obstacles: z
    .array(z.object({ code: z.string(), subject: z.string() }))
    .optional()
    .catch(undefined),
});
/** What the API answered instead of the thing asked for (RFC 9457), read tolerantly. */
export type Refusal = z.infer<typeof refusalSchema>;
/** No page can go on from this: the person proves who they are on a page of its own, and comes back. */
export const STEP_UP_REQUIRED = '/problems/step-up-required';
export type Answer<Value> = Result<Value, Refusal>;

/** Thrown by pages that cannot go on without an answer; the pages' error handler shows it. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(`${refusal.type}: ${refusal.detail}`);
    this.name = 'Refused';
    this.refusal = refusal;
  }
}

export const valueOf = <Value>(answer: Answer<Value>): Value => {
  if (answer.ok) return answer.value;
  throw new Refused(answer.error);
};

/** Message for one field, by its pointer in the request body. */
export const errorAt = (refusal: Refusal | null, pointer: string): string | undefined =>
  refusal?.errors.find((error) => error.pointer === pointer)?.detail;

/** Fields told with the rest, for small forms that do not show them at their inputs. */
export const inOneSentence = (refusal: Refusal): Refusal => ({
  ...refusal,
  detail:
    refusal.errors.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}.`).join(' ') || refusal.detail,
  errors: [],
});

/**
 * Calls a public route as the signed-in customer (as nobody when signed out) and reads its JSON. The workers' own tests
 * hold their answers to the contracts; a page only names the type, so that an added field never breaks it.
 */
export async function api<Value>(c: Context<PageEnv>, call: InternalCall): Promise<Answer<Value>> {
  const answer = await read<Value>(await ask(c, call), c.get('requestId'));
  if (!answer.ok && answer.error.type === STEP_UP_REQUIRED) throw new Refused(answer.error);
  return answer;
}

/** The same for a file, handed on as it comes: it may be larger than what fits here. */
export async function file(c: Context<PageEnv>, call: InternalCall): Promise<Response> {
  const response = await ask(c, call);
  if (response.ok) return response;
  return valueOf(await read<never>(response, c.get('requestId')));
}

/** As the signed-in customer, with a token that is renewed where it does not count any more. */
async function ask(c: Context<PageEnv>, call: InternalCall): Promise<Response> {
  const session = c.get('session');
  const token = await session.accessToken();
  const response = await callInternally(c, withToken(call, token));
  if (response.status !== 401 || token === null || session.refreshToken() === undefined) return response;
  const renewed = await session.renew();
  if (renewed === null || renewed === token) return response;
  return callInternally(c, withToken(call, renewed));
}

/** Calls a public route with a token that was given for this one purpose. */
export async function apiAs<Value>(
  c: Context<PageEnv>,
  token: string,
  call: InternalCall,
): Promise<Answer<Value>> {
  return read<Value>(await callInternally(c, withToken(call, token)), c.get('requestId'));
}

/** Calls a public route as nobody: sign-in, sign-up and what else precedes a session. */
export async function publicApi<Value>(c: Context<PageEnv>, call: InternalCall): Promise<Answer<Value>> {
  return read<Value>(await callInternally(c, call), c.get('requestId'));
}

const withToken = (call: InternalCall, token: string | null): InternalCall =>
  token === null ? call : { ...call, headers: { ...call.headers, authorization: `Bearer ${token}` } };

async function read<Value>(response: Response, requestId: string): Promise<Answer<Value>> {
  const text = await response.text();
  if (response.ok) return ok((text === '' ? null : JSON.parse(text)) as Value);
  const refusal = refusalSchema.safeParse(parsed(text));
  if (refusal.success) return fail(refusal.data);
  const { status } = response;
  return fail({ type: 'about:blank', title: 'This did not work', status, detail: '', requestId, errors: [] });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
