import { Webhook } from 'standardwebhooks';
import { self } from '#shared/testing/runtime.ts';
import { type Fault, Wire } from './wire.ts';

interface Thing {
  id: string;
  operation: string;
  state: 'working' | 'done' | 'failed' | 'gone';
  body: Record<string, unknown>;
}

/** Somebody behind a connection, as plain as can be: `POST /things`, `GET /operations/<id>`, `DELETE /things/<id>`. */
export class FakeHttpPartner {
  static readonly origin = 'http://things.test';
  readonly wire = new Wire();
  readonly things = new Map<string, Thing>();
  readonly faults: Record<'POST' | 'GET' | 'DELETE', Fault[]> = { POST: [], GET: [], DELETE: [] };
  readonly calls: Record<'POST' | 'GET' | 'DELETE', number> = { POST: 0, GET: 0, DELETE: 0 };
  onOrder: 'wait' | 'finish' | 'fail' = 'finish';
  /** Answers 422 with this until an order carries an `answer`. */
  asks: object | null = null;
  secret = '';

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const method = request.method as 'POST';
    this.calls[method] += 1;
    return this.wire.carry(this.faults[method].shift(), request, async (arrived) => {
      const body = await arrived.text();
      new Webhook(this.secret).verify(body, Object.fromEntries(arrived.headers), { jsonParse: false });
      return this.#answer(arrived, body);
    });
  };

  live(): Thing[] {
    return [...this.things.values()].filter(({ state }) => state === 'done');
  }

  finish(state: 'done' | 'failed', evenIfGone = false): void {
    for (const thing of this.things.values())
      if (thing.state === 'working' || evenIfGone) thing.state = state;
  }

  /** Where the first order wants to be called back. */
  calledBackAt(): string {
    const [thing] = this.things.values();
    return String(thing?.body['callbackUrl']);
  }

  callBack(secret = this.secret): Promise<Response> {
    const [thing] = this.things.values();
    const body = JSON.stringify(thing === undefined ? {} : viewOf(thing));
    const at = new Date();
    return self.fetch(this.calledBackAt(), {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign('msg_1', at, body),
      },
    });
  }

  #answer(request: Request, text: string): Response {
    const [, kind, id] = new URL(request.url).pathname.split('/');
    if (request.method === 'POST') return this.#take(request, text);
    const found = [...this.things.values()].find(
      (thing) => (kind === 'operations' ? thing.operation : thing.id) === id,
    );
    if (found === undefined) return new Response(null, { status: 404 });
    if (request.method === 'GET') return Response.json(viewOf(found));
    found.state = 'gone';
    return new Response(null, { status: 204 });
  }

  #take(request: Request, text: string): Response {
    const body = JSON.parse(text) as Record<string, unknown>;
    if (this.asks !== null && body['answer'] === undefined)
      return Response.json({ action: this.asks }, { status: 422 });
    const key = request.headers.get('idempotency-key') ?? '';
    const thing = this.things.get(key) ?? {
      id: `thing-${this.things.size + 1}`,
      operation: `job-${this.things.size + 1}`,
      state: STATES[this.onOrder],
      body,
    };
    this.things.set(key, thing);
    return Response.json(viewOf(thing), { status: 201 });
  }
}

const STATES = { wait: 'working', finish: 'done', fail: 'failed' } as const;

const viewOf = ({ id, operation, state }: Thing) => ({
  id,
  operation,
  state,
  access: { code: `code-of-${id}` },
});
