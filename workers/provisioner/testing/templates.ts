import { newId } from '#shared/ids/ids.ts';
import { self, signedIn } from '#shared/testing/runtime.ts';

/** Whoever runs the shop. */
const OPERATOR = newId('user');
export const operator = () => signedIn(OPERATOR, 'operator');

export interface SentTemplate {
  id: string;
  handle: string;
  note: string;
  document: {
    title: string;
    kind: string;
    parameters?: object | null;
    steps: object[];
    delivery: { type: string; fields: Record<string, object>; labels?: object };
  };
}

export const QUICK = { retry: { limit: 2, delaySeconds: 1, backoff: 'constant' }, timeoutSeconds: 10 };

/** A step that issues keys; `more` says what is different about it. */
export const keysStep = (name: string, more: object = {}): object => ({
  ...QUICK,
  name,
  title: `Making ${name}`,
  connector: 'licence-key',
  operation: 'issue',
  inputs: { quantity: { from: '/line/quantity' }, activationsMax: { value: 3 } },
  undo: QUICK,
  exhausted: { code: 'keys_away', text: 'No keys.' },
  ...more,
});

/** A template of its own handle: keys, and a greeting in place of them. */
export const keysTemplate = (
  steps: object[] = [keysStep('keys')],
  document: object = {},
): Omit<SentTemplate, 'id'> => ({
  handle: `t-${crypto.randomUUID().slice(0, 8)}`,
  note: 'For a test.',
  document: {
    title: 'Keys with a greeting',
    kind: 'licence',
    parameters: {
      type: 'object',
      properties: { seats: { type: 'integer' } },
      additionalProperties: false,
    },
    steps,
    delivery: {
      type: 'custom',
      fields: {
        greeting: {
          text: 'For ${/customisation/name}: ${/fulfilment/parameters/seats} seats',
          default: 'For nobody',
        },
      },
      labels: { greeting: { label: 'Greeting' } },
    },
    ...document,
  },
});

export async function makeTemplate(stated: Omit<SentTemplate, 'id'>): Promise<SentTemplate> {
  const response = await self.fetch('https://shop.test/v1/provisioning/templates', {
    method: 'POST',
    headers: {
      ...(await operator()),
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    body: JSON.stringify(stated),
  });
  if (response.status !== 201) throw new Error(await response.text());
  return response.json();
}
