import { Webhook } from 'standardwebhooks';
import { beforeEach } from 'vitest';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { PartnerMessage } from '../connectors/queue/request.ts';
import type { Env } from '../env.ts';
import { operator } from './templates.ts';
import { type Fault, Wire } from './wire.ts';
import type { World } from './world.ts';

/** Somebody who handles messages, pushed to the connection `consumer` or fetched there: each once, whatever comes twice. */
export class FakeConsumer {
  static readonly origin = 'http://consumer.test';
  readonly wire = new Wire();
  /** Of messages, and of cancellations. */
  readonly faults: { POST: Fault[]; DELETE: Fault[] } = { POST: [], DELETE: [] };
  readonly handled = new Map<string, PartnerMessage>();
  readonly cancelled = new Set<string>();
  secret = '';

  readonly fetch = async (request: Request): Promise<Response> => {
    const { type } = await request.clone().json<PartnerMessage>();
    const fault = (type === 'message' ? this.faults.POST : this.faults.DELETE).shift();
    return this.wire.carry(fault, request, async (arrived) => {
      const text = await arrived.text();
      new Webhook(this.secret).verify(text, Object.fromEntries(arrived.headers), { jsonParse: false });
      this.take(JSON.parse(text) as PartnerMessage);
      return Response.json({});
    });
  };

  take(message: PartnerMessage): void {
    if (message.cancels !== null) this.cancelled.add(message.cancels);
    else this.handled.set(message.id, message);
  }
  live(): PartnerMessage[] {
    return [...this.handled.values()].filter(({ id }) => !this.cancelled.has(id));
  }

  /** Something said to the shop, signed. */
  request(path: string, content: object, secret = this.secret): Request {
    const body = JSON.stringify(content);
    const at = new Date();
    return new Request(new URL(path, 'https://shop.test'), {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
      },
    });
  }
  say(...said: Parameters<FakeConsumer['request']>): Promise<Response> {
    return self.fetch(this.request(...said));
  }
}

/** A fresh one for each test. */
export function useConsumer({ hosts }: Pick<World, 'hosts'>): { consumer: FakeConsumer } {
  const world = { consumer: new FakeConsumer() };
  beforeEach(async () => {
    const consumer = new FakeConsumer();
    world.consumer = consumer;
    hosts.set(FakeConsumer.origin, consumer.fetch);
    const put = await self.fetch('https://shop.test/v1/provisioning/connections/consumer', {
      method: 'PUT',
      headers: { ...(await operator()), 'content-type': 'application/json' },
      body: JSON.stringify({ baseUrl: FakeConsumer.origin, renewSecret: true }),
    });
    consumer.secret = (await put.json<{ secret: string }>()).secret;
    await workerEnv<Env>().PARTNER_GATE.getByName('http:consumer').configure({ heldBy: null });
  });
  return world;
}
