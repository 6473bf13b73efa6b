import { sha256Hex } from '#shared/crypto/bytes.ts';
import { ownUndo, stepOutputPlace, type Connector } from './connector.ts';
import { formatLicenceKey, LICENCE_KEY_BYTES } from './licence-keys.ts';

/** Makes one random key a unit. They are written once: a repeat of the step finds the first set and makes no other. */
export const issueLicenceKeys: Connector<'licence-key.issue'> = {
  async run({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const keys = Array.from({ length: input.quantity }, () =>
      formatLicenceKey(crypto.getRandomValues(new Uint8Array(LICENCE_KEY_BYTES))),
    );
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
  ...ownUndo((ports, key) =>
    ports.stores.ofInstance(key.instanceId).licences.revoke(key.instanceId, ports.clock.now()),
  ),
};
