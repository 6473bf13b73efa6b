import { z } from 'zod';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import type { Ports } from '../ports.ts';
import type { StepKey } from '../queries/steps.ts';
import type { StepFailure } from '../templates/template.ts';
import {
  type AccessCall,
  type AccessOutcome,
  type ChangeCall,
  type ChangeOutcome,
  ownUndo,
  stepOutputPlace,
  type Connector,
} from './connector.ts';
import { newLicenceKey } from './licence-keys.ts';

/** Keys are marked, so that whoever checks one can tell that it is not good for now. */
export const suspendedKeys = {
  suspend: (ports: Ports, { key }: AccessCall) => mark(ports, key, ports.clock.now()),
  resume: (ports: Ports, { key }: AccessCall) => mark(ports, key, null),
};

/** Makes one random key a unit. They are written once: a repeat of the step finds the first set and makes no other. */
export const issueLicenceKeys: Connector<'licence-key.issue'> = {
  async execute({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const keys = newKeys(input.quantity, instance.customerId);
    await ports.stores.ofInstance(instance.id).licences.issue(
      key,
      {
        sealedOutput: await ports.sealer.seal({ keys }, stepOutputPlace(key)),
        fingerprints: keys.map(sha256Hex),
        activationsMax: input.activationsMax,
      },
      ports.clock.now(),
    );
    return { kind: 'done' };
  },
  explain: ({ quantity, activationsMax }) => `Makes ${quantity} keys of ${activationsMax} activations each.`,
  ...ownUndo((ports, key) =>
    ports.stores.ofInstance(key.instanceId).licences.revoke(key.instanceId, ports.clock.now()),
  ),
  async update({ ports, instance, before, input }) {
    // One key a unit: more or fewer of them are other goods, not another plan of these.
    if (before.quantity !== input.quantity) return { kind: 'refused', failure: QUANTITY_FIXED };
    await ports.stores.ofInstance(instance.id).licences.allow(instance.id, input.activationsMax);
    return { kind: 'done', output: null };
  },
  async rotate(call) {
    const { quantity } = call.input;
    return replaceKeys(call, await call.keep({ keys: newKeys(quantity, call.instance.customerId) }));
  },
  ...suspendedKeys,
};

const keysSchema = z.object({ keys: z.array(z.string()) });

/** These are the step's keys from now on; what other steps made stays good. */
export async function replaceKeys(
  { ports, instance, step, input }: ChangeCall<'licence-key.issue' | 'licence-key.sign'>,
  { keys }: { keys: string[] },
): Promise<ChangeOutcome> {
  const { licences } = ports.stores.ofInstance(instance.id);
  const others = await licences.outputsOfOthers({ instanceId: instance.id, step: step.name });
  const opened = await Promise.all(
    others.map(async (other) => {
      const place = stepOutputPlace({ instanceId: instance.id, step: other.step });
      return keysSchema.safeParse(await ports.sealer.open(other.sealedOutput, place)).data?.keys ?? [];
    }),
  );
  const { activationsMax } = input;
  const issued = { fingerprints: keys.map(sha256Hex), spared: opened.flat().map(sha256Hex), activationsMax };
  await licences.replace(instance.id, issued, ports.clock.now());
  return { kind: 'done', output: { keys } };
}

const newKeys = (count: number, customerId: string): string[] =>
  Array.from({ length: count }, () => newLicenceKey(customerId));

export const QUANTITY_FIXED: StepFailure = {
  code: 'quantity_fixed',
  text: 'The number of keys cannot be changed: buy further ones.',
};

async function mark(ports: Ports, { instanceId }: StepKey, at: number | null): Promise<AccessOutcome> {
  await ports.stores.ofInstance(instanceId).licences.suspend(instanceId, at);
  return { kind: 'done' };
}
