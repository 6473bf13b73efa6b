import { Webhook } from 'standardwebhooks';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { type Fault, Wire } from './wire.ts';

interface Resource {
  id: string;
  /** `gone` once removed. One that is removed while it is made may come to exist all the same: see `finish`. */
  state: 'making' | 'live' | 'gone' | 'failed';
  body: Record<string, unknown>;
}
export interface Order {
  kind: 'services' | 'shipments';
  operationId: string;
  resource: Resource;
  callbackUrl: string;
  news: Record<string, unknown>;
}
/** `USE`: a wish to suspend or resume; `CHANGE`: of plan or credentials. */
type CallName = 'POST' | 'GET' | 'DELETE' | 'USE' | 'CHANGE';

/**
 * The partner at the HTTP boundary: orders by idempotency key, operations, resources. A test plans faults for the next
 * calls of a kind and decides when an operation ends and whether it is told.
 */
export class FakePartner {
  readonly wire = new Wire();
  readonly orders = new Map<string, Order>();
  readonly calls: Record<CallName, number> = { POST: 0, GET: 0, DELETE: 0, USE: 0, CHANGE: 0 };
  readonly faults: Record<CallName, Fault[]> = { POST: [], GET: [], DELETE: [], USE: [], CHANGE: [] };
  /** What was asked of the use of resources, every call in its order. */
  readonly uses: { id: string; wish: string; key: string; body: Record<string, unknown> }[] = [];
  /** Answers to changes, by key, and those that end later, by operation. */
  readonly changes = new Map<string, Record<string, unknown>>();
  readonly later = new Map<string, Record<string, unknown>>();
  /** What becomes of a change by itself. */
  onChange: 'wait' | 'finish' = 'finish';
  /** Runs inside the partner before it answers an order. */
  beforeReply: (order: Order) => Promise<void> = () => Promise.resolve();
  /** What becomes of a new order by itself. */
  onOrder: 'wait' | 'finish' = 'wait';

  /** In place of `fetch`. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.origin !== new URL(workerEnv<Env>().PARTNER_API_BASE).origin)
      throw new Error(`no route to ${url.origin}`);
    const method = callName(request.method, url.pathname);
    this.calls[method] += 1;
    return this.wire.carry(this.faults[method].shift(), request, (arrived) =>
      this.#answer(arrived, url.pathname),
    );
  };

  /** The order of a key, by the step it serves. */
  order(step: string): Order {
    const found = [...this.orders].find(([key]) => key.endsWith(`/${step}`));
    if (found === undefined) throw new Error(`nothing ordered for ${step}`);
    return found[1];
  }

  /** Resources the partner keeps suspended: of each the wish with the greatest sequence counts. */
  suspended(): string[] {
    const last = new Map<string, { sequence: number; suspended: boolean }>();
    for (const { id, wish, body } of this.uses) {
      const sequence = Number(body['sequence']);
      if (sequence >= (last.get(id)?.sequence ?? 0))
        last.set(id, { sequence, suspended: wish === 'suspend' });
    }
    return [...last].filter(([, { suspended }]) => suspended).map(([id]) => id);
  }

  /** Resources a customer could use now. */
  live(): Resource[] {
    return [...this.orders.values()].map(({ resource }) => resource).filter(({ state }) => state === 'live');
  }

  /** Ends an operation. `evenIfRemoved`: it comes to exist although it was removed meanwhile. */
  finish(
    order: Order,
    end: 'succeeded' | 'failed' | 'failed-permanently' | 'garbage',
    evenIfRemoved = false,
  ): void {
    const { resource } = order;
    const succeeds = end === 'succeeded' || end === 'garbage';
    if (resource.state === 'making' || evenIfRemoved) resource.state = succeeds ? 'live' : 'failed';
    order.news = {
      ...order.news,
      state: succeeds ? 'succeeded' : 'failed',
      ...(end === 'succeeded' ? { result: RESULTS[order.kind] } : {}),
      ...(end === 'garbage' ? { result: { nonsense: true } } : {}),
      ...(succeeds
        ? {}
        : {
            error: { code: 'no_capacity', message: 'Nothing\nfree', permanent: end === 'failed-permanently' },
          }),
    };
  }

  /** The operation's news for our call-back, signed. */
  callBackRequest(
    order: Pick<Order, 'callbackUrl' | 'news'>,
    options: { secret?: string; body?: string; at?: Date } = {},
  ): Request {
    const body = options.body ?? JSON.stringify(order.news);
    const id = `msg_${crypto.randomUUID()}`;
    const at = options.at ?? new Date();
    const webhook = new Webhook(options.secret ?? workerEnv<Env>().PARTNER_WEBHOOK_SECRET);
    return new Request(order.callbackUrl, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': webhook.sign(id, at, body),
      },
    });
  }

  callBack(...call: Parameters<FakePartner['callBackRequest']>): Promise<Response> {
    return self.fetch(this.callBackRequest(...call));
  }

  async #answer(request: Request, path: string): Promise<Response> {
    const [, kind, id = '', wish] = path.split('/');
    if (request.headers.get('authorization') !== `Bearer ${workerEnv<Env>().PARTNER_API_KEY}`) {
      return new Response(null, { status: 401 });
    }
    if (request.method === 'PATCH' || wish === 'rotate') return this.#change(request, id);
    if (wish !== undefined) {
      const key = request.headers.get('idempotency-key') ?? '';
      this.uses.push({ id, wish, key, body: await request.json<Record<string, unknown>>() });
      return Response.json({ id, state: wish });
    }
    const later = this.later.get(id);
    if (request.method === 'GET' && later !== undefined) return Response.json(later);
    if (request.method === 'POST') return this.#take(kind as Order['kind'], request);
    const found = [...this.orders.values()].find((order) =>
      request.method === 'GET' ? order.operationId === id : order.resource.id === id,
    );
    if (found === undefined)
      return Response.json({ error: { code: 'not_found', message: 'unknown' } }, { status: 404 });
    if (request.method === 'GET') return Response.json(found.news);
    found.resource.state = 'gone';
    return new Response(null, { status: 204 });
  }

  async #take(kind: Order['kind'], request: Request): Promise<Response> {
    const key = request.headers.get('idempotency-key') ?? '';
    const body = await request.json<Record<string, unknown>>();
    const order = this.orders.get(key) ?? this.#open(kind, key, body);
    await this.beforeReply(order);
    const { operationId, [idField(kind)]: resourceId } = order.news;
    return Response.json({ operationId, [idField(kind)]: resourceId }, { status: 202 });
  }

  /** The same key is answered alike; of two changes the greater sequence counts. */
  async #change(request: Request, id: string): Promise<Response> {
    const key = request.headers.get('idempotency-key') ?? '';
    const { sequence, ...to } = await request.json<Record<string, unknown>>();
    const resource = [...this.orders.values()].find((order) => order.resource.id === id)?.resource;
    if (resource?.state !== 'live')
      return Response.json({ error: { code: 'gone', message: 'It is gone.' } }, { status: 404 });
    const answer = this.changes.get(key) ?? this.#changed(resource, Number(sequence), to);
    this.changes.set(key, answer);
    return this.onChange === 'wait' && answer['operationId'] !== undefined
      ? Response.json({ operationId: answer['operationId'] }, { status: 202 })
      : Response.json(answer);
  }

  #changed(resource: Resource, sequence: number, to: Record<string, unknown>): Record<string, unknown> {
    const isNewest = sequence > Number(resource.body['sequence'] ?? 0);
    const isRotation = Object.keys(to).length === 0;
    if (isNewest) resource.body = { ...resource.body, ...to, sequence };
    if (isRotation && isNewest) resource.body['password'] = `rotated-${crypto.randomUUID()}`;
    const password = resource.body['password'];
    const result = isRotation ? { result: { ...RESULTS.services, password } } : {};
    if (this.onChange === 'finish') return result;
    const operationId = `pch_${crypto.randomUUID()}`;
    this.later.set(operationId, { operationId, state: 'running' });
    return { operationId, ...result };
  }

  #open(kind: Order['kind'], key: string, body: Record<string, unknown>): Order {
    const operationId = `pop_${crypto.randomUUID()}`;
    const resource: Resource = { id: `res_${crypto.randomUUID()}`, state: 'making', body };
    const news = { operationId, [idField(kind)]: resource.id, state: 'running' };
    const order = { kind, operationId, resource, callbackUrl: String(body['callbackUrl']), news };
    this.orders.set(key, order);
    if (this.onOrder === 'finish') this.finish(order, 'succeeded');
    return order;
  }
}

function callName(method: string, path: string): CallName {
  if (method === 'PATCH' || path.endsWith('/rotate')) return 'CHANGE';
  return path.split('/').length > 3 ? 'USE' : (method as CallName);
}

const idField = (kind: Order['kind']) => (kind === 'services' ? 'serviceId' : 'shipmentId');

const RESULTS = {
  services: { accessUrl: 'https://vm.partner.test', username: 'alice', password: 's3cret-of-alice' },
  shipments: { carrier: 'Swift Post', trackingCode: 'SP123456789' },
};
