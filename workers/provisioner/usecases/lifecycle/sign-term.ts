import { decodeJwt } from 'jose';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { log } from '#shared/observability/log.ts';
import { MINUTE_MS, rfc3339, SECOND_MS } from '#shared/time/time.ts';
import { stepOutputPlace } from '../../connectors/connector.ts';
import type { OperationInput } from '../../connectors/operations.ts';
import { signedKeys } from '../../connectors/signed-licence.ts';
import type { Ports } from '../../ports.ts';
import { type SignedAnew, SIGNS } from '../../queries/licences.ts';
import type { Made } from '../../queries/steps.ts';
import { deliveryOf } from '../../templates/delivery.ts';
import type { StepResults } from '../../templates/scope.ts';
import { type PlanStep, planSchema } from '../../templates/plan.ts';
import { inputOf, standingStep } from '../../workflows/change-plan.ts';
import { deliveryPlace } from '../../workflows/line-facts.ts';
import { scopeOfMade } from '../../workflows/made.ts';

/** While an operation is at work, which may leave other keys, this is tried again. */
const AGAIN_MS = MINUTE_MS;

/**
 * Signs keys that expire anew for a term whose end moved; the ones before go on until the end they say, unless that is later.
 * Nothing where no end moved. Safe to repeat, and twice at once; what fails is left to the sweeper.
 */
export async function signTerm(ports: Ports, instanceId: string): Promise<void> {
  try {
    await signWaiting(ports, instanceId);
  } catch (error) {
    log.error('keys not signed anew', { instanceId, error });
  }
}

/** Signs anew what waits for it anywhere. Answers with how much. */
export async function signDue(ports: Ports, limit: number): Promise<number> {
  const now = ports.clock.now();
  const due = await ports.stores.gather(
    (store) => store.licences.toSign(now, limit),
    ({ customerId }) => customerId,
  );
  for (const { id } of due) await signTerm(ports, id);
  return due.length;
}

async function signWaiting(ports: Ports, instanceId: string): Promise<void> {
  const { licences, steps } = ports.stores.ofInstance(instanceId);
  const made = await steps.withInstance(instanceId);
  const { signAt = null, endsAt = null, state, sealedDelivery = null } = made?.instance ?? {};
  if (made === null || signAt === null) return;
  const now = ports.clock.now();
  const read = { id: instanceId, signAt, endsAt, sealedDelivery };
  const isUsed = state === 'active' || state === 'suspended';
  const signed = isUsed && endsAt !== null ? await signedFor(ports, made, { now, endsAt }) : [];
  if (endsAt === null || signed.length === 0) return licences.signLater(read, null);
  const plan = planSchema.parse(made.instance.plan);
  const delivery = deliveryOf(plan.delivery, await scopeOfMade(ports, withOutputs(made, signed)));
  const text = `Its keys are signed anew until ${rfc3339(endsAt)}.`;
  const isDone =
    delivery !== null &&
    (await licences.signAnew(
      read,
      { keys: signed, sealedDelivery: await ports.sealer.seal(delivery, deliveryPlace(instanceId)), text },
      now,
    ));
  if (isDone) return log.info('keys signed anew', { instanceId, endsAt });
  await licences.signLater(read, now + AGAIN_MS);
}

/** Of each step that signed keys which expire, and at another time than the term ends. */
async function signedFor(
  ports: Ports,
  made: Made,
  term: { now: number; endsAt: number },
): Promise<SignedAnew[]> {
  const scope = await scopeOfMade(ports, made);
  const signed: SignedAnew[] = [];
  for (const step of planSchema.parse(made.instance.plan).steps) {
    const standing = standingStep(made, step);
    if (standing?.operation !== SIGNS) continue;
    const input = inputOf(SIGNS, standing.inputs, scope) as OperationInput<typeof SIGNS> | null;
    const before = keysIn((scope.results as StepResults)[step.name]);
    const until = Math.floor(term.endsAt / SECOND_MS);
    if (input === null || input.validDays === null || before.every((key) => endOf(key) === until)) continue;
    const keys = await signedKeys(ports, made.instance, input, term);
    signed.push({
      step: step.name,
      sealedOutput: await sealedOutputOf(ports, made, step, keys),
      fingerprints: keys.map(sha256Hex),
      activationsMax: input.activationsMax,
      revoked: before.filter((key) => endOf(key) > until).map(sha256Hex),
    });
  }
  return signed;
}

const sealedOutputOf = (ports: Ports, { instance }: Made, { name }: PlanStep, keys: string[]) =>
  ports.sealer.seal({ keys }, stepOutputPlace({ instanceId: instance.id, step: name }));

const keysIn = (output: unknown): string[] => (output as { keys?: string[] } | undefined)?.keys ?? [];

/** Seconds since the epoch; a key that says none never ends. */
const endOf = (key: string): number => decodeJwt(key).exp ?? Infinity;

const withOutputs = (made: Made, signed: readonly SignedAnew[]): Made => ({
  ...made,
  steps: made.steps.map((row) => ({
    ...row,
    sealedOutput: signed.find(({ step }) => step === row.step)?.sealedOutput ?? row.sealedOutput,
  })),
});
