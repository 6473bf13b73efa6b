import { log } from '#shared/observability/log.ts';
import type { Ports } from '../ports.ts';
import type { Made } from '../queries/steps.ts';
import { WHOLE } from '../queries/step-times.ts';
import { deliveryOf } from '../templates/delivery.ts';
import { OWN_POLICY, type StepFailure, type StepPolicy } from '../templates/template.ts';
import { resultOf, sendReports } from '../usecases/reports.ts';
import { deliveryPlace } from './line-facts.ts';
import { scopeOfMade } from './made.ts';
import type { ProvisionParams } from './params.ts';
import { runGraph } from './run-graph.ts';
import { isEngineAbort, type Steps } from './steps.ts';
import { stuckTask, type UndoEnd, undoSteps } from './undo-steps.ts';

/** A catalogue that is away must not hold up what is paid. */
const CATALOGUE_POLICY: StepPolicy = {
  retry: { limit: 2, delaySeconds: 1, backoff: 'constant' },
  timeoutSeconds: 10,
};
/** Prices do not matter here; the catalogue wants a currency all the same. */
const ANY_CURRENCY = 'EUR';

const UNDELIVERABLE: StepFailure = {
  code: 'delivery_incomplete',
  text: 'What was made could not be put together for delivery.',
};

/** Runs a plan to its end: ready, rolled back, or stopped because the line is being undone. Side effects are in steps. */
export async function provision(ports: Ports, steps: Steps, params: ProvisionParams): Promise<string> {
  await checkCatalogue(ports, steps, params);
  const end = await runGraph({ ports, steps, params });
  if (end.kind === 'stopped') return 'stopped';
  if (end.kind === 'refused') return rollBack(ports, steps, params, end.failure);
  const made = await steps.run('make ready', OWN_POLICY, () => makeReady(ports, params));
  if (made === 'incomplete') {
    await steps.run('give up', OWN_POLICY, () =>
      ports.stores.ofInstance(params.instanceId).instances.giveUp(params.instanceId, UNDELIVERABLE),
    );
    return rollBack(ports, steps, params, UNDELIVERABLE);
  }
  if (made === 'stopped') return 'stopped';
  await steps.run('report', OWN_POLICY, () => sendReports(ports, params.instanceId));
  return 'ready';
}

/** The line was paid for as it was: a product that is gone or hidden by now is worth a note, never a refusal. */
async function checkCatalogue(ports: Ports, steps: Steps, params: ProvisionParams): Promise<void> {
  const { instanceId, requestId } = params;
  try {
    await steps.run('check catalogue', CATALOGUE_POLICY, async () => {
      const { instances } = ports.stores.ofInstance(instanceId);
      const variantId = params.variantId ?? (await instances.get(instanceId))?.variantId;
      if (variantId === undefined) return;
      const resolved = await ports.catalogue.resolveVariants(
        { requestId },
        { items: [{ variantId }], currency: ANY_CURRENCY },
      );
      const reason = resolved.ok ? resolved.value.refused[0]?.reason : undefined;
      if (reason === undefined || reason === 'no_price_in_currency') return;
      log.warn('a paid product is no longer on sale', { requestId, instanceId, reason });
      await instances.note(
        instanceId,
        'catalogue.warned',
        `No longer on sale (${reason}).`,
        ports.clock.now(),
      );
    });
  } catch (error) {
    if (isEngineAbort(error)) throw error;
    log.warn('catalogue not asked', { requestId, instanceId, error });
  }
}

async function makeReady(ports: Ports, params: ProvisionParams): Promise<'ready' | 'stopped' | 'incomplete'> {
  const { instanceId, plan, requestId } = params;
  const store = ports.stores.ofInstance(instanceId);
  const made = await store.steps.withInstance(instanceId);
  if (made === null || made.instance.state === 'undoing' || made.instance.state === 'undone')
    return 'stopped';
  if (made.instance.state !== 'provisioning') return 'ready';
  const { instance } = made;
  const delivery = deliveryOf(plan.delivery, await scopeOfMade(ports, made));
  if (delivery === null) return 'incomplete';
  const subject = { ...instance, instanceId, requestId };
  const detail = 'Made, waiting for the payment to be settled.';
  const moved = await store.instances.move({
    id: instanceId,
    to: 'ready',
    type: 'instance.ready',
    detail,
    now: ports.clock.now(),
    sealedDelivery: await ports.sealer.seal(delivery, deliveryPlace(instanceId)),
    report: resultOf(subject, 'line.provisioned', detail),
  });
  if (moved) await countTimes(ports, plan.template, made);
  return moved ? 'ready' : 'stopped';
}

/** For whoever asks later how long it takes. A count that is lost says nothing wrong. */
async function countTimes(ports: Ports, templateId: string, { instance, steps }: Made): Promise<void> {
  const ended = steps.flatMap(({ step, begunAt, doneAt, endedAs }) =>
    doneAt === null || endedAs !== null ? [] : [{ step, ms: doneAt - begunAt }],
  );
  const whole = { step: WHOLE, ms: ports.clock.now() - instance.createdAt };
  await ports.registry.stepTimes.add(templateId, [...ended, whole]).catch((error: unknown) => {
    log.warn('times not counted', { requestId: instance.requestId, instanceId: instance.id, error });
  });
}

async function rollBack(
  ports: Ports,
  steps: Steps,
  { instanceId, requestId }: ProvisionParams,
  failure: StepFailure,
): Promise<string> {
  const { stuck } = await undoSteps(ports, steps, instanceId);
  await steps.run('close', OWN_POLICY, () => close(ports, { instanceId, requestId }, failure, stuck));
  await steps.run('report', OWN_POLICY, () => sendReports(ports, instanceId));
  return stuck === null ? 'failed' : 'stuck';
}

/** Ends a failed line. When the order asked for undoing meanwhile, that Workflow ends it instead. */
async function close(
  ports: Ports,
  { instanceId, requestId }: { instanceId: string; requestId: string },
  failure: StepFailure,
  stuck: UndoEnd['stuck'],
): Promise<void> {
  const store = ports.stores.ofInstance(instanceId);
  const instance = await store.instances.get(instanceId);
  if (instance?.state !== 'provisioning') return;
  const now = ports.clock.now();
  const subject = { ...instance, instanceId, requestId };
  if (stuck === null) {
    await store.instances.move({
      id: instanceId,
      to: 'failed',
      type: 'instance.failed',
      detail: failure.text,
      now,
      report: resultOf(subject, 'line.failed', failure.text, failure.code),
    });
    return;
  }
  await store.undos.stuck(
    { ...instance, instanceId, reason: failure.text, requestId, nudgeAt: now },
    { id: instanceId, to: 'undoing', type: 'instance.stuck', detail: stuck.text, now },
    resultOf(subject, 'line.stuck', `${failure.text} ${stuck.text}`, stuck.code),
    stuckTask(instanceId, 0, stuck),
  );
}
