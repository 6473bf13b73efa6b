import { z } from 'zod';

/*
 * What a broker's answer means, and whether a call may have left something behind that has to be deleted: the tables of
 * "Orphan Mitigation" and "Service Broker Errors" of the Open Service Broker API 2.17. Pure.
 */

export type BrokerCall = 'provision' | 'bind' | 'update' | 'unbind' | 'deprovision';

/** `leavesOrphan`: the broker may have made it all the same, or not have deleted it; it is to be deleted. */
export type Reply =
  | { kind: 'done'; body: Record<string, unknown> }
  | { kind: 'running'; operation: string; body: Record<string, unknown> }
  /** What was to be deleted is not there. */
  | { kind: 'gone' }
  /** Another operation on it is under way. */
  | { kind: 'busy' }
  /** Final: asked again, the answer is the same. */
  | { kind: 'rejected'; status: number; code: string | null; text: string | null; isRepeatable: boolean }
  | { kind: 'failed'; leavesOrphan: boolean };

/** What every answer that tells of success must be like; null stands for "not given". */
const successSchema = z.looseObject({
  operation: z.string().max(10_000).nullish(),
  dashboard_url: z.string().nullish(),
  metadata: z.looseObject({}).nullish(),
  credentials: z.record(z.string(), z.unknown()).nullish(),
});
const errorSchema = z.looseObject({
  error: z.string().nullish(),
  description: z.string().nullish(),
  update_repeatable: z.boolean().nullish(),
});

const MAKES: ReadonlySet<BrokerCall> = new Set(['provision', 'bind']);
const CONFLICTS = 'ConcurrencyError';

/** `status` null: no answer in time. `body`: parsed JSON, null when it is none. */
export function readReply(call: BrokerCall, status: number | null, body: unknown): Reply {
  const isChange = call !== 'update';
  if (status === null) return { kind: 'failed', leavesOrphan: MAKES.has(call) };
  if (status === 200 || status === 201 || status === 202) {
    const success = successSchema.safeParse(body);
    if (!success.success) return { kind: 'failed', leavesOrphan: status !== 200 && MAKES.has(call) };
    return status === 202
      ? { kind: 'running', operation: success.data.operation ?? '', body: success.data }
      : { kind: 'done', body: success.data };
  }
  if (status === 408) return { kind: 'failed', leavesOrphan: false };
  if (status >= 400 && status < 500) return rejection(call, status, body);
  // Other 2xx, and whatever is no answer of the specification at all.
  return { kind: 'failed', leavesOrphan: isChange };
}

function rejection(call: BrokerCall, status: number, body: unknown): Reply {
  if (status === 410 && (call === 'deprovision' || call === 'unbind')) return { kind: 'gone' };
  const error = errorSchema.safeParse(body);
  const { error: code = null, description = null, update_repeatable = null } = error.data ?? {};
  if (status === 422 && code === CONFLICTS) return { kind: 'busy' };
  return { kind: 'rejected', status, code, text: description, isRepeatable: update_repeatable ?? true };
}

/** How an operation stands by what "last operation" answers. */
export type Standing =
  | { kind: 'running' }
  | { kind: 'succeeded' }
  | { kind: 'failed'; text: string; isRepeatable: boolean }
  | { kind: 'gone' };

const lastOperationSchema = z.looseObject({
  state: z.enum(['in progress', 'succeeded', 'failed']),
  description: z.string().nullish(),
  update_repeatable: z.boolean().nullish(),
});

/** Anything that is no answer of the specification means that one asks again. 410 is an answer to a deletion alone. */
export function readStanding(deletes: boolean, status: number | null, body: unknown): Standing {
  if (status === 410 && deletes) return { kind: 'gone' };
  const last = lastOperationSchema.safeParse(status === 200 ? body : null);
  if (!last.success) return { kind: 'running' };
  const { state, description, update_repeatable } = last.data;
  if (state === 'in progress') return { kind: 'running' };
  if (state === 'succeeded') return { kind: 'succeeded' };
  return { kind: 'failed', text: description ?? '', isRepeatable: update_repeatable ?? true };
}
