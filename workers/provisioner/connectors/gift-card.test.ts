import { describe, expect, it } from 'vitest';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { Env } from '../env.ts';
import { giftCardsOf } from '../testing/gift-cards.ts';
import {
  activation,
  deliver,
  eventually,
  FULFILMENTS,
  newLine,
  type ProvisionMessage,
  reaches,
  resuming,
  suspending,
  undoing,
} from '../testing/harness.ts';
import { useWorld } from '../testing/world.ts';

useWorld();

const shown = async ({ instanceId, customerId }: ProvisionMessage): Promise<Instance> => {
  const headers = await signedIn(customerId, 'customer');
  return (await self.fetch(`https://shop.test/v1/instances/${instanceId}`, { headers })).json();
};
const reveal = async ({ instanceId, customerId }: ProvisionMessage): Promise<Response> =>
  self.fetch(`https://shop.test/v1/instances/${instanceId}/credentials/reveal`, {
    method: 'POST',
    headers: { ...(await signedIn(customerId, 'customer')), 'idempotency-key': crypto.randomUUID() },
  });

describe('a line of gift cards', () => {
  it('makes one a unit, which nobody can spend before the line is paid for and handed over', async () => {
    const line = newLine(FULFILMENTS.giftCard, {
      quantity: 3,
      customisation: { recipientEmail: 'bob@mail.test', message: 'Enjoy', deliverOn: '2026-12-24' },
    });
    await deliver(line, line);
    await reaches(line, 'ready', 'line.provisioned');
    const made = await giftCardsOf(line.instanceId);
    expect(made.map(({ isActive }) => isActive)).toEqual([false, false, false]);
    expect(made[0]?.wish).toEqual({
      value: { amount: 2_500, currency: 'EUR' },
      customerId: line.customerId,
      recipient: {
        email: 'bob@mail.test',
        name: null,
        from: null,
        message: 'Enjoy',
        sendAt: Date.UTC(2026, 11, 24),
      },
    });
    await deliver(activation(line), activation(line));
    await reaches(line, 'active', 'line.activated');
    expect((await giftCardsOf(line.instanceId)).map(({ isActive }) => isActive)).toEqual([true, true, true]);
  });

  it('shows codes to their owner on request, and keeps none in plain text', async () => {
    const line = newLine(FULFILMENTS.giftCard);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    await reaches(line, 'active', 'line.activated');
    const [card] = await giftCardsOf(line.instanceId);
    const { code = '', cardId = '' } = card ?? {};
    expect((await shown(line)).delivery).toEqual({
      type: 'gift-card',
      value: { amount: 2_500, currency: 'EUR' },
      expiresAt: null,
      cards: [{ id: cardId, code: null }],
    });
    const revealed = await reveal(line);
    expect(revealed.status).toBe(200);
    expect(await revealed.json()).toMatchObject({ delivery: { cards: [{ id: cardId, code }] } });
    for (const table of ['instances', 'instance_steps', 'reports', 'product_events'])
      expect(
        JSON.stringify(
          await workerEnv<Env>()
            .STORE_DB.prepare(`SELECT * FROM ${table}`)
            .all()
            .catch(() => ''),
        ),
      ).not.toContain(code);
  });

  it('shuts them while their payment is disputed, and withdraws them when the line is taken back', async () => {
    const line = newLine(FULFILMENTS.giftCard);
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));
    await reaches(line, 'active', 'line.activated');
    await deliver(suspending(line, 1));
    await eventually(async () => expect((await giftCardsOf(line.instanceId))[0]?.isShut).toBe(true));
    await deliver(resuming(line, 2));
    await eventually(async () => expect((await giftCardsOf(line.instanceId))[0]?.isShut).toBe(false));
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect((await giftCardsOf(line.instanceId))[0]?.isWithdrawn).toBe(true);
  });
});
