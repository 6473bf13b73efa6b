import { sha256Hex, randomBytes, toBase64Url } from '#shared/crypto/bytes.ts';
import type { LifecycleRequest } from '#shared/contracts/http/lifecycle.ts';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { DAY_MS } from '#shared/time/time.ts';
import type { Ports } from '../../ports.ts';
import { BEGINS_IN, type LifecycleRow } from '../../queries/lifecycle.ts';
import type { Made } from '../../queries/steps.ts';
import type { StepFailure } from '../../templates/template.ts';
import { planChange, planRotation } from '../../workflows/change-plan.ts';
import { NUDGE_AFTER_MS } from '../nudge.ts';
import type { Reader } from '../instances.ts';
import { customisationFaults } from './customisation.ts';
import { drive } from './drive.ts';
import { termsFor } from './terms-for.ts';
import { operationId } from './operation-id.ts';
import { wordsOf } from './words.ts';

export type LifecycleError =
  | 'unknown_instance'
  | 'unknown_lifecycle'
  | 'key_reused'
  | 'operation_running'
  | 'operators_alone'
  | 'too_late'
  | 'unknown_transfer'
  | 'own_transfer'
  | 'not_transferable'
  | { code: 'lifecycle_refused'; detail: string }
  | { code: 'request_unfit'; pointer: string; detail: string };

/** Who asks: owners (for themselves or their organisation) for what is theirs, staff for everything. */
export interface Asker extends Reader {
  userId: string;
  operates: boolean;
}

/** Ahead of this nobody plans. */
const AHEAD_MAX_MS = 3 * 366 * DAY_MS;
/** An offer that nobody accepts ends. */
const OFFER_MS = 7 * DAY_MS;

export const codePlace = (id: string) => ({ table: 'lifecycle_operations', row: id, field: 'sealed_code' });

/**
 * Asks for an operation on an instance. The key makes it one, however often it is sent. It begins now or at its time; what
 * can be told beforehand refuses it here.
 */
export async function askOperation(
  ports: Ports,
  asker: Asker,
  instanceId: string,
  request: LifecycleRequest,
  { key, requestId }: { key: string; requestId: string },
): Promise<Result<{ operation: LifecycleRow; replayed: boolean }, LifecycleError>> {
  const store = ports.stores.ofInstance(instanceId);
  const made = await store.steps.withInstance(instanceId);
  if (made === null || (made.instance.customerId !== asker.customerId && !asker.operates))
    return fail('unknown_instance');
  const id = operationId([asker.userId, instanceId, key], instanceId);
  const known = await store.lifecycles.get(id);
  if (known !== null) {
    const isSame = canonicalJson(known.request) === canonicalJson(request);
    return isSame ? ok({ operation: known, replayed: true }) : fail('key_reused');
  }
  const isStaff = made.instance.customerId !== asker.customerId;
  const refused = await refusal(ports, made, request, isStaff);
  if (refused !== null) return fail(refused);
  const now = ports.clock.now();
  const dueAt = dueOf(request, now);
  const code = request.kind === 'transfer' ? newCode(instanceId, id) : null;
  const terms = termsFor(made, { request, target: null });
  const operation = await store.lifecycles.ask(
    {
      id,
      instanceId,
      customerId: made.instance.customerId,
      kind: request.kind,
      state: request.kind === 'transfer' ? 'offered' : dueAt === null ? 'running' : 'scheduled',
      request,
      former: dueAt === null ? (terms?.former ?? null) : null,
      target: dueAt === null ? (terms?.target ?? null) : null,
      sealedCode: code === null ? null : await ports.sealer.seal(code, codePlace(id)),
      codeHash: code === null ? null : sha256Hex(code),
      askedAs: isStaff ? 'operator' : 'customer',
      askedBy: asker.userId,
      reason: request.reason ?? null,
      handle: null,
      orderId: null,
      lineId: null,
      dueAt: request.kind === 'transfer' ? now + OFFER_MS : dueAt,
      nudgeAt: dueAt === null && request.kind !== 'transfer' ? now + NUDGE_AFTER_MS : null,
      requestId,
      now,
    },
    { type: `lifecycle.${request.kind}.asked`, text: askedText(request, asker.userId, dueAt) },
  );
  if (operation === null) return fail('operation_running');
  log.info('lifecycle operation asked', { requestId, instanceId, operationId: id, kind: request.kind });
  if (operation.state === 'running') await drive(ports, operation, requestId);
  return ok({ operation: (await store.lifecycles.get(id)) ?? operation, replayed: false });
}

const askedText = (request: LifecycleRequest, by: string, dueAt: number | null): string =>
  `${wordsOf(request.kind).asked} by ${by}${dueAt === null ? '' : `, for ${new Date(dueAt).toISOString()}`}${
    request.reason === undefined ? '.' : `: ${request.reason}`
  }`;

const dueOf = (request: LifecycleRequest, now: number): number | null => {
  const at = 'at' in request && request.at !== undefined ? Date.parse(request.at) : now;
  return at <= now ? null : at;
};

/** Carries its instance, so that it is found; random for the rest. */
const newCode = (instanceId: string, id: string): string =>
  `${instanceId.slice(4)}.${id.slice(4)}.${toBase64Url(randomBytes(24))}`;

async function refusal(
  ports: Ports,
  made: Made,
  request: LifecycleRequest,
  isStaff: boolean,
): Promise<LifecycleError | null> {
  const { instance } = made;
  if (instance.kind === 'physical')
    return { code: 'lifecycle_refused', detail: 'What was sent as a parcel is out of our hands.' };
  if (!BEGINS_IN[request.kind].includes(instance.state))
    return { code: 'lifecycle_refused', detail: `Not while it is ${instance.state}.` };
  const now = ports.clock.now();
  const late = 'at' in request && request.at !== undefined && Date.parse(request.at) > now + AHEAD_MAX_MS;
  if (late) return { code: 'request_unfit', pointer: '/at', detail: 'must be within three years' };
  switch (request.kind) {
    case 'renew':
      if (!isStaff) return 'operators_alone';
      if (instance.endsAt === null)
        return { code: 'lifecycle_refused', detail: 'It has no term that could be renewed.' };
      return Date.parse(request.until) > Math.max(now, instance.endsAt)
        ? null
        : { code: 'request_unfit', pointer: '/until', detail: 'must be after its end and in the future' };
    case 'configure': {
      const fault = await customisationFaults(ports, instance, request.customisation);
      const terms = termsFor(made, { request, target: null });
      return fault ?? (terms === null ? null : refusedBy(await planChange(ports, made, terms)));
    }
    case 'rotate': {
      const plan = planRotation(made);
      return 'steps' in plan && plan.steps.length === 0
        ? { code: 'lifecycle_refused', detail: 'It has no credentials that can be renewed.' }
        : refusedBy(plan);
    }
    case 'suspend':
    case 'resume':
    case 'transfer':
    case 'terminate':
      return null;
  }
}

export const refusedBy = (plan: { refused: StepFailure } | object): LifecycleError | null =>
  'refused' in plan ? { code: 'lifecycle_refused', detail: plan.refused.text } : null;
