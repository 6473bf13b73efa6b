import { sha256Hex } from '#shared/crypto/bytes.ts';
import { DAY_MS, SECOND_MS } from '#shared/time/time.ts';
import type { Ports } from '../ports.ts';
import type { InstanceRow } from '../queries/instances.ts';
import {
  type ChangeCall,
  type ChangeOutcome,
  type Connector,
  ownUndo,
  stepOutputPlace,
} from './connector.ts';
import { QUANTITY_FIXED, replaceKeys, suspendedKeys } from './licence-key.ts';
import type { OperationInput } from './operations.ts';

/** `typ` in the header of a signed licence key. */
export const SIGNED_KEY_TYPE = 'licence-key+jwt';

/** What a signed key says (RFC 7519): docs/licence-keys.md. Pure. */
export function signedKeyClaims(
  instance: Pick<InstanceRow, 'id' | 'productId' | 'sku'>,
  input: Omit<OperationInput<'licence-key.sign'>, 'quantity'>,
  /** `endsAt`: of the term it is for, once that is known. */
  made: { issuer: string; id: string; now: number; endsAt?: number | null },
) {
  const seconds = (at: number): number => Math.floor(at / SECOND_MS);
  const { validDays, activationsMax, features } = input;
  const endsAt = made.endsAt ?? made.now + (validDays ?? 0) * DAY_MS;
  return {
    iss: made.issuer,
    sub: instance.id,
    aud: instance.productId,
    jti: made.id,
    iat: seconds(made.now),
    ...(validDays === null ? {} : { exp: seconds(endsAt) }),
    sku: instance.sku,
    activationsMax,
    features,
  };
}

type Input = OperationInput<'licence-key.sign'>;

/** One key a unit. */
export const signedKeys = (
  ports: Ports,
  instance: InstanceRow,
  input: Input,
  made: { now: number; endsAt?: number | null },
): Promise<string[]> =>
  Promise.all(
    Array.from({ length: input.quantity }, () => {
      const named = { ...made, issuer: ports.publicOrigin, id: crypto.randomUUID() };
      return ports.signer.signJson(signedKeyClaims(instance, input, named), SIGNED_KEY_TYPE);
    }),
  );

/** Other keys, until the end of the term as it is by now. Those before are revoked; a program that never asks goes on by them. */
async function signAnew(call: ChangeCall<'licence-key.sign'>): Promise<ChangeOutcome> {
  const { ports, instance, input } = call;
  const term = { now: ports.clock.now(), endsAt: instance.endsAt };
  return replaceKeys(call, await call.keep({ keys: await signedKeys(ports, instance, input, term) }));
}

/** Signs one key a unit, which whoever holds our public keys can check without asking us. The first set stays. */
export const signLicenceKeys: Connector<'licence-key.sign'> = {
  async execute({ ports, instance, step, input }) {
    const key = { instanceId: instance.id, step: step.name };
    const now = ports.clock.now();
    const keys = await signedKeys(ports, instance, input, { now });
    const issued = {
      sealedOutput: await ports.sealer.seal({ keys }, stepOutputPlace(key)),
      fingerprints: keys.map(sha256Hex),
      activationsMax: input.activationsMax,
    };
    await ports.stores.ofInstance(instance.id).licences.issue(key, issued, now);
    return { kind: 'done' };
  },
  explain: ({ quantity }) => `Signs ${quantity} keys that are checked without us.`,
  ...ownUndo((ports, key) =>
    ports.stores.ofInstance(key.instanceId).licences.revoke(key.instanceId, ports.clock.now()),
  ),
  update: (call) =>
    call.before.quantity === call.input.quantity
      ? signAnew(call)
      : Promise.resolve({ kind: 'refused', failure: QUANTITY_FIXED }),
  rotate: signAnew,
  ...suspendedKeys,
};
