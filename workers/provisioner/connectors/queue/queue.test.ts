import { createMessageBatch } from 'cloudflare:test';
import { describe, expect, it } from 'vitest';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../../env.ts';
import { consume } from '../../queue.ts';
import { ports as portsOf } from '../../ports.ts';
import { useConsumer } from '../../testing/fake-consumer.ts';
import { deliver, eventually, newLine, reaches, told, undoing } from '../../testing/harness.ts';
import { keysTemplate, makeTemplate, QUICK } from '../../testing/templates.ts';
import { useWorld } from '../../testing/world.ts';
import { openRequest } from '../remote.ts';
import { queueRemote } from './remote.ts';
import type { PartnerMessage } from './request.ts';

const at = useConsumer(useWorld());
const FORGED = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';

async function published(inputs: object) {
  const step = {
    ...QUICK,
    name: 'ask',
    title: 'Asking',
    connector: 'queue',
    operation: 'publish',
    inputs: Object.fromEntries(
      Object.entries({ connection: 'consumer', topic: 'box.open', data: { size: 7 }, ...inputs }).map(
        ([name, value]) => [name, { value }],
      ),
    ),
    settle: { attempts: 1, waitSeconds: [86_400] },
    undo: QUICK,
    exhausted: { code: 'away', text: 'Away.' },
  };
  const delivery = {
    type: 'custom',
    fields: { code: { from: '/results/ask/code', default: 'none' } },
    labels: { code: { label: 'Code' } },
  };
  const { id } = await makeTemplate(keysTemplate([step], { delivery }));
  const line = newLine({ template: 'custom', templateId: id, parameters: {} });
  await deliver(line);
  return line;
}
const fetched = async (): Promise<PartnerMessage[]> => {
  const response = await at.consumer.say('/v1/connector-queues/consumer/fetch', { limit: 10 });
  return (await response.json<{ messages: PartnerMessage[] }>()).messages;
};
const onlyOf = async ({ instanceId }: { instanceId: string }): Promise<PartnerMessage> => {
  let found: PartnerMessage | undefined;
  await eventually(async () => {
    found = (await fetched()).find((each) => each.instanceId === instanceId);
    expect(found).toBeDefined();
  });
  if (found === undefined) throw new Error('no message');
  return found;
};
const acknowledge = (...ids: string[]) =>
  at.consumer.say('/v1/connector-queues/consumer/acknowledgements', { ids });
const forgetLeases = () => workerEnv<Env>().STORE_DB.exec('UPDATE partner_messages SET leased_until = 0');

describe('a queue that a partner fetches from', () => {
  it('gives a message again until it is acknowledged, and the first reply counts', async () => {
    const line = await published({ via: 'pull', awaits: 'reply' });
    const message = await onlyOf(line);
    expect(message).toMatchObject({ type: 'message', topic: 'box.open', data: { size: 7 } });
    expect((await fetched()).map(({ id }) => id)).not.toContain(message.id);
    await forgetLeases();
    expect((await fetched()).map(({ id }) => id)).toContain(message.id);
    expect((await acknowledge(message.id)).status).toBe(204);
    await forgetLeases();
    expect((await fetched()).map(({ id }) => id)).not.toContain(message.id);

    const { replyTo } = message;
    if (replyTo === null) throw new Error('nowhere to reply');
    const reply = { state: 'succeeded', result: { code: 'open' } };
    expect((await at.consumer.say(replyTo, reply, FORGED)).status).toBe(400);
    expect((await at.consumer.say(replyTo, { nothing: true })).status).toBe(422);
    expect((await at.consumer.say(replyTo, reply)).status).toBe(204);
    expect((await at.consumer.say(replyTo, { state: 'failed' })).status).toBe(204);
    await reaches(line, 'ready', 'line.provisioned');
  });

  it('takes back what nobody fetched, and cancels what somebody did', async () => {
    const unseen = await published({ via: 'pull' });
    await reaches(unseen, 'ready', 'line.provisioned');
    await deliver(undoing(unseen));
    await reaches(unseen, 'undone', 'line.deprovisioned');
    expect((await fetched()).filter(({ instanceId }) => instanceId === unseen.instanceId)).toEqual([]);

    const seen = await published({ via: 'pull' });
    const message = await onlyOf(seen);
    await reaches(seen, 'ready', 'line.provisioned');
    await deliver(undoing(seen));
    await reaches(seen, 'undone', 'line.deprovisioned');
    await forgetLeases();
    const after = (await fetched()).filter(({ instanceId }) => instanceId === seen.instanceId);
    expect(after).toMatchObject([{ id: message.id }, { type: 'cancellation', cancels: message.id }]);
  });

  it('is nobody else’s', async () => {
    expect((await at.consumer.say('/v1/connector-queues/consumer/fetch', {}, FORGED)).status).toBe(400);
    expect((await at.consumer.say('/v1/connector-queues/nobody/fetch', {})).status).toBe(404);
    expect((await at.consumer.say('/v1/connector-queues/consumer/fetch', { limit: 0 })).status).toBe(422);
  });
});

describe('a consumer of ours', () => {
  it('replies by its queue, once', async () => {
    const line = await published({ via: 'pull', awaits: 'reply' });
    const { STORE_DB } = workerEnv<Env>();
    let id = '';
    await eventually(async () => {
      const row = await STORE_DB.prepare(
        `SELECT id FROM operations WHERE instance_id = ? AND state = 'in_progress'`,
      )
        .bind(line.instanceId)
        .first<{ id: string }>();
      expect(row).not.toBeNull();
      id = row?.id ?? '';
    });
    const reply = { requestId: 'req-1', inReplyTo: id, state: 'failed', reason: 'No box is left.' };
    const later = { ...reply, state: 'succeeded' };
    for (const body of [reply, later, { ...reply, inReplyTo: 'op_unknown' }]) {
      const message = { id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body };
      await consume(createMessageBatch('partner-replies', [message]), workerEnv<Env>());
    }
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'partner_failed' });
  });

  it('gets messages by the queue that is bound for it, and the cancellation after them', async () => {
    const sent: PartnerMessage[] = [];
    const ports = portsOf(workerEnv<Env>());
    const bound = {
      ...ports,
      ownMessages: { send: (message: PartnerMessage) => Promise.resolve(sent.push(message)) },
    };
    const line = await published({ via: 'own', connection: null });
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line), 'none is bound').toEqual({ 'line.failed': 'connection_missing' });
    const [operation] = await ports.stores.ofInstance(line.instanceId).operations.of(line.instanceId, 'ask');
    if (operation === undefined) throw new Error('nothing was ordered');
    await queueRemote.place(bound, operation, await openRequest(ports, operation));
    await queueRemote.remove(bound, operation);
    expect(sent).toMatchObject([
      { id: operation.id, type: 'message', topic: 'box.open', replyTo: null },
      { type: 'cancellation', cancels: operation.id },
    ]);
  });
});
