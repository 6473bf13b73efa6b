import type { Ports } from '../ports.ts';
import { answerEventType, newsEventType } from './params.ts';

/**
 * Wakes every wait of an instance's Workflow, so that it finds now rather than at its time-out that it must not go on.
 * Best effort: one that sleeps on finds it at its next step.
 */
export async function wakeWaits(ports: Ports, instanceId: string): Promise<void> {
  const store = ports.stores.ofInstance(instanceId);
  const [instance, waiting, tasks] = await Promise.all([
    store.instances.get(instanceId),
    store.operations.waiting(instanceId),
    store.tasks.of(instanceId),
  ]);
  if (instance === null) return;
  await store.tasks.withdraw(instanceId);
  const events = [
    ...waiting.map((operation) => newsEventType(operation.id, operation.waitRound)),
    ...tasks.filter(({ state }) => state === 'open').map(({ id }) => answerEventType(id)),
  ];
  await Promise.allSettled(events.map((type) => ports.provisionings.wake(instance.workflowId, type)));
}
