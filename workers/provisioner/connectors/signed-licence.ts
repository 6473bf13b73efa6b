import { sha256Hex } from '#shared/crypto/bytes.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import type { InstanceRow } from '../queries/instances.ts';
import { ownUndo, stepOutputPlace, type Connector } from './connector.ts';
import { suspendedKeys } from './licence-key.ts';
import type { OperationInput } from './operations.ts';

/** `typ` in the header of a signed licence key. */
export const SIGNED_KEY_TYPE = 'licence-key+jwt';

/** What a signed key says (RFC 7519): docs/licence-keys.md. Pure. */
export function signedKeyClaims(
  instance: Pick<InstanceRow, 'id' | 'productId' | 'sku'>,
  input: Omit<OperationInput<'licence-key.sign'>, 'quantity'>,
  made: { issuer: string; id: string; now: number },
) {
  const seconds = (at: number): number => Math.floor(at / SECOND_MS);
  const { validDays, activationsMax, features } = input;
  return {
    iss: made.issuer,
    sub: instance.id,
    aud: instance.productId,
    jti: made.id,
    iat: seconds(made.now),
    ...(validDays === null ? {} : { exp: seconds(made.now + validDays * DAY_MS) }),
    sku: instance.sku,
    activationsMax,
    features,
  };
}

/** Signs one key a unit, which whoever holds our public keys can check without asking us. The first set stays. */
export const signLicenceKeys: Connector<'licence-key.sign'> = {
  async execute({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const made = { issuer: ports.publicOrigin, now: ports.clock.now() };
    const keys = await Promise.all(
      Array.from({ length: input.quantity }, () => {
        const claims = signedKeyClaims(instance, input, { ...made, id: crypto.randomUUID() });
        return ports.signer.signJson(claims, SIGNED_KEY_TYPE);
      }),
    );
    const issued = {
      sealedOutput: await ports.sealer.seal({ keys }, stepOutputPlace(key)),
      fingerprints: keys.map(sha256Hex),
      activationsMax: input.activationsMax,
    };
    await ports.stores.ofInstance(instance.id).licences.issue(key, issued, made.now);
    return { kind: 'done' };
  },
  explain: ({ quantity }) => `Signs ${quantity} keys that are checked without us.`,
  ...ownUndo((ports, key) =>
    ports.stores.ofInstance(key.instanceId).licences.revoke(key.instanceId, ports.clock.now()),
  ),
  ...suspendedKeys,
};
