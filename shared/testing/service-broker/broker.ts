import { toBase64, toBase64Url, fromBase64 } from '#shared/crypto/bytes.ts';
import { brokerCatalogue } from './catalogue.ts';
import {
  type BindingRecord,
  type BrokerState,
  emptyBroker,
  type InstanceRecord,
  type RunningOperation,
} from './state.ts';

export type BrokerRequestKind =
  | 'catalogue'
  | 'provision'
  | 'update'
  | 'deprovision'
  | 'bind'
  | 'unbind'
  | 'fetch'
  | 'last-operation';

/** What goes wrong with one request. */
export interface BrokerFault {
  /** The answer in place of its own; null: none ever comes. */
  status: number | null;
  body?: unknown;
  headers?: Record<string, string>;
  /** It did what was asked all the same. */
  done?: boolean;
}

/** What the broker remembers of a request, for whoever looks what a platform did. */
export interface SeenRequest {
  kind: BrokerRequestKind;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/**
 * A service broker by the Open Service Broker API 2.17, written from the specification alone and strict about what it says a
 * platform MUST do: such requests are refused, and noted in `complaints`. What it knows is plain data (`state`).
 */
export class ServiceBroker {
  readonly state: BrokerState;
  readonly credentials = { username: 'platform', password: 'broker password' };
  catalogue: {
    services: {
      id: string;
      plans: { id: string; binding_rotatable?: boolean; metadata: { asynchronous: boolean } }[];
    }[];
  } = brokerCatalogue();
  readonly faults: Partial<Record<BrokerRequestKind, BrokerFault[]>> = {};
  readonly seen: SeenRequest[] = [];
  readonly complaints: string[] = [];
  /** Plans one fault by the request itself; asked when none is planned by its kind. */
  faultOf: (seen: SeenRequest) => BrokerFault | undefined = () => undefined;
  /** How long asynchronous work takes. */
  workMs = 0;
  /** What is made from now on asynchronously goes on until `finish`. */
  holds = false;
  /** Asynchronous work of this kind that begins now comes to nothing. */
  fails: RunningOperation['what'] | null = null;
  /** Seconds; sent as `Retry-After` with news of what goes on. */
  retryAfter: number | null = null;
  readonly #now: () => number;

  constructor(state: BrokerState = emptyBroker(), now: () => number = Date.now) {
    this.state = state;
    this.#now = now;
  }

  /** In place of `fetch`. */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const text = await request.text();
    const answer = this.answer(request, text);
    if (answer === null) throw new DOMException('too slow', 'TimeoutError');
    return answer;
  };

  /** Null: no answer ever comes. */
  answer(request: Request, text: string): Response | null {
    const url = new URL(request.url);
    const path = url.pathname.slice(Math.max(0, url.pathname.indexOf('/v2/')));
    const kind = kindOf(request.method, path);
    if (kind === null) return problem(404, null, 'no such route');
    const body = (parsed(text) ?? {}) as Record<string, unknown>;
    const query = Object.fromEntries(url.searchParams);
    const seen = { kind, path, query, headers: Object.fromEntries(request.headers), body };
    this.seen.push(seen);
    const fault = this.faults[kind]?.shift() ?? this.faultOf(seen);
    if (fault === undefined) return this.#respond(seen);
    if (fault.done === true) this.#respond(seen);
    if (fault.status === null) return null;
    const sent = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {});
    const isBodiless = fault.status === 204 || fault.status === 304;
    return new Response(isBodiless ? null : sent, {
      status: fault.status,
      ...(fault.headers === undefined ? {} : { headers: fault.headers }),
    });
  }

  /** Service instances that exist, as far as a customer could use them. */
  live(): InstanceRecord[] {
    this.#settle();
    return Object.values(this.state.instances).filter(({ state }) => USABLE.has(state));
  }
  liveBindings(): BindingRecord[] {
    this.#settle();
    return Object.values(this.state.bindings).filter(({ state }) => USABLE.has(state));
  }
  count(kind: BrokerRequestKind): number {
    return this.seen.filter((each) => each.kind === kind).length;
  }

  /** Ends all that goes on. `evenIfGone`: what was deleted while it was made comes to exist all the same. */
  finish(evenIfGone = false): void {
    for (const made of this.#all()) {
      if (made.running !== null) made.running.readyAt = 0;
      if (evenIfGone && made.state === 'gone') made.state = 'ready';
    }
    this.#settle();
  }

  #all(): (InstanceRecord | BindingRecord)[] {
    return [...Object.values(this.state.instances), ...Object.values(this.state.bindings)];
  }

  #settle(): void {
    for (const made of this.#all()) {
      const { running } = made;
      if (running?.readyAt === null || running === null || running.readyAt > this.#now()) continue;
      made.running = null;
      made.ended = { id: running.id, what: running.what, state: running.fails ? 'failed' : 'succeeded' };
      const isInstance = 'dashboardUrl' in made;
      if (running.what === 'create') made.state = running.fails ? 'failed' : 'ready';
      if (running.what === 'delete') made.state = running.fails ? 'failed' : 'gone';
      if (running.what === 'update') {
        made.state = 'ready';
        if (isInstance && !running.fails) Object.assign(made, made.wanted);
      }
    }
  }

  #respond(seen: SeenRequest): Response {
    const refused = this.#refusal(seen);
    if (refused !== null) return refused;
    this.#settle();
    const [, , , instanceId = '', , bindingId = ''] = seen.path.split('/').map(decodeURIComponent);
    switch (seen.kind) {
      case 'catalogue':
        return this.#catalogue(seen);
      case 'provision':
        return this.#provision(instanceId, seen);
      case 'update':
        return this.#update(instanceId, seen);
      case 'bind':
        return this.#bind(instanceId, bindingId, seen);
      case 'deprovision':
        return this.#remove(this.state.instances[instanceId], seen, () => this.#mayDeprovision(instanceId));
      case 'unbind':
        return this.#remove(this.state.bindings[bindingId], seen, () => null);
      case 'fetch':
        return this.#fetchBinding(bindingId);
      case 'last-operation':
        return this.#lastOperation(
          seen.path.includes('/service_bindings/')
            ? this.state.bindings[bindingId]
            : this.state.instances[instanceId],
          seen,
        );
    }
  }

  #complain(status: number, text: string): Response {
    this.complaints.push(text);
    return problem(status, null, text);
  }

  /** What the specification says of every request. */
  #refusal({ headers, kind, query, path }: SeenRequest): Response | null {
    const { username, password } = this.credentials;
    const basic = `Basic ${toBase64(new Uint8Array(new TextEncoder().encode(`${username}:${password}`)))}`;
    if (headers['authorization'] !== basic) return problem(401, null, 'who are you?');
    if (!/^2\.\d+$/.test(headers['x-broker-api-version'] ?? ''))
      return this.#complain(412, 'no X-Broker-API-Version');
    const identity = headers['x-broker-api-originating-identity'];
    if (identity !== undefined && !isIdentity(identity))
      return this.#complain(400, 'originating identity is not `platform base64(json)`');
    const changes = ['provision', 'update', 'bind'].includes(kind);
    if (changes && identity === undefined)
      return this.#complain(400, 'no originating identity of a customer');
    const isDeletion = kind === 'deprovision' || kind === 'unbind';
    if (isDeletion && (query['service_id'] === undefined || query['plan_id'] === undefined))
      return this.#complain(400, `${path}: service_id and plan_id are required`);
    return null;
  }

  #catalogue({ headers }: SeenRequest): Response {
    const text = JSON.stringify(this.catalogue);
    let hash = 0;
    for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2_147_483_647;
    const etag = `"${hash}"`;
    if (headers['if-none-match'] === etag) return new Response(null, { status: 304, headers: { etag } });
    return new Response(text, { headers: { 'content-type': 'application/json', etag } });
  }

  #plan(serviceId: unknown, planId: unknown) {
    const service = this.catalogue.services.find(({ id }) => id === serviceId);
    return service?.plans.find(({ id }) => id === planId) ?? null;
  }

  /** Null: at once. Otherwise the work that begins. */
  #begin(planId: string, what: RunningOperation['what']): RunningOperation | null {
    const plans = this.catalogue.services.flatMap(({ plans: all }) => all);
    if (plans.find(({ id }) => id === planId)?.metadata.asynchronous !== true) return null;
    this.state.operations += 1;
    const readyAt = this.holds && what === 'create' ? null : this.#now() + this.workMs;
    return { id: `${what} ${this.state.operations}/ü`, what, readyAt, fails: this.fails === what };
  }

  #asyncRefusal(planId: string, query: Record<string, string>): Response | null {
    const isAsync = this.#begin(planId, 'create') !== null;
    return isAsync && query['accepts_incomplete'] !== 'true'
      ? problem(422, 'AsyncRequired', 'This plan needs asynchronous operations.')
      : null;
  }

  #provision(id: string, { body, query }: SeenRequest): Response {
    const {
      service_id: serviceId,
      plan_id: planId,
      organization_guid: organization,
      space_guid: space,
    } = body;
    if (typeof organization !== 'string' || typeof space !== 'string' || organization === '' || space === '')
      return this.#complain(400, 'organization_guid and space_guid are required');
    if (typeof serviceId !== 'string' || typeof planId !== 'string' || this.#plan(serviceId, planId) === null)
      return problem(400, null, 'no such plan');
    const refused = this.#asyncRefusal(planId, query);
    if (refused !== null) return refused;
    const parameters = (body['parameters'] ?? {}) as Record<string, unknown>;
    const known = this.state.instances[id];
    if (known !== undefined && known.state !== 'gone') {
      const isSame =
        known.planId === planId && JSON.stringify(known.parameters) === JSON.stringify(parameters);
      if (!isSame || known.state === 'failed') return problem(409, null, 'It exists, and differs.');
      return known.running === null
        ? Response.json({ dashboard_url: known.dashboardUrl })
        : Response.json({ dashboard_url: known.dashboardUrl, operation: known.running.id }, { status: 202 });
    }
    const running = this.#begin(planId, 'create');
    const dashboardUrl = `https://dashboard.broker.test/${id}`;
    this.state.instances[id] = {
      serviceId,
      planId,
      parameters,
      organization,
      space,
      dashboardUrl,
      wanted: null,
      state: running === null ? 'ready' : 'creating',
      running,
      ended: null,
    };
    return running === null
      ? Response.json({ dashboard_url: dashboardUrl }, { status: 201 })
      : Response.json({ dashboard_url: dashboardUrl, operation: running.id }, { status: 202 });
  }

  #update(id: string, { body, query }: SeenRequest): Response {
    const known = this.state.instances[id];
    if (known === undefined || known.state === 'gone') return problem(404, null, 'There is none.');
    const planId = typeof body['plan_id'] === 'string' ? body['plan_id'] : known.planId;
    if (body['service_id'] !== known.serviceId || this.#plan(known.serviceId, planId) === null)
      return problem(400, null, 'no such plan');
    const refused = this.#asyncRefusal(planId, query);
    if (refused !== null) return refused;
    const parameters = (body['parameters'] ?? known.parameters) as Record<string, unknown>;
    const wanted = { planId, parameters };
    if (known.running !== null)
      return JSON.stringify(known.wanted) === JSON.stringify(wanted)
        ? Response.json({ operation: known.running.id }, { status: 202 })
        : problem(422, 'ConcurrencyError', 'Another operation is in progress.');
    const running = this.#begin(planId, 'update');
    if (running === null) {
      Object.assign(known, wanted);
      return Response.json({});
    }
    Object.assign(known, { running, wanted, state: 'updating' });
    return Response.json({ operation: running.id }, { status: 202 });
  }

  #bind(instanceId: string, id: string, { body, query }: SeenRequest): Response {
    const instance = this.state.instances[instanceId];
    if (instance === undefined || !USABLE.has(instance.state)) return problem(404, null, 'There is none.');
    if (instance.running !== null)
      return problem(422, 'ConcurrencyError', 'Another operation is in progress.');
    const refused = this.#asyncRefusal(instance.planId, query);
    if (refused !== null) return refused;
    const predecessor =
      typeof body['predecessor_binding_id'] === 'string' ? body['predecessor_binding_id'] : null;
    const former = predecessor === null ? null : this.state.bindings[predecessor];
    if (predecessor !== null) {
      if (this.#plan(instance.serviceId, instance.planId)?.binding_rotatable !== true)
        return this.#complain(400, 'bindings of this plan MUST NOT be rotated');
      if (former?.instanceId !== instanceId || !USABLE.has(former.state))
        return this.#complain(400, 'the predecessor is no binding of this instance');
    }
    const parameters = former?.parameters ?? ((body['parameters'] ?? {}) as Record<string, unknown>);
    const known = this.state.bindings[id];
    if (known !== undefined && known.state !== 'gone') {
      if (known.predecessor !== predecessor) return problem(409, null, 'It exists, and differs.');
      if (JSON.stringify(known.parameters) !== JSON.stringify(parameters) || known.state === 'failed')
        return problem(409, null, 'It exists, and differs.');
      return known.running === null
        ? Response.json({ credentials: known.credentials })
        : Response.json({ operation: known.running.id }, { status: 202 });
    }
    const running = this.#begin(instance.planId, 'create');
    const password = toBase64Url(crypto.getRandomValues(new Uint8Array(12)));
    const credentials = { uri: `db://${id}@db.broker.test/${instanceId}`, username: id, password };
    this.state.bindings[id] = {
      instanceId,
      serviceId: instance.serviceId,
      planId: instance.planId,
      parameters,
      credentials,
      predecessor,
      state: running === null ? 'ready' : 'creating',
      running,
      ended: null,
    };
    return running === null
      ? Response.json({ credentials }, { status: 201 })
      : Response.json({ operation: running.id }, { status: 202 });
  }

  /** A binding is of the plan that its instance has by now. */
  #planOf(made: InstanceRecord | BindingRecord): string {
    const instance = 'instanceId' in made ? this.state.instances[made.instanceId] : made;
    return (instance ?? made).planId;
  }

  #mayDeprovision(instanceId: string): Response | null {
    const left = Object.values(this.state.bindings).some(
      (binding) => binding.instanceId === instanceId && binding.state !== 'gone',
    );
    return left ? this.#complain(400, 'bindings must be deleted before their instance') : null;
  }

  #remove(
    made: InstanceRecord | BindingRecord | undefined,
    { query }: SeenRequest,
    refusal: () => Response | null,
  ): Response {
    if (made === undefined || made.state === 'gone') return problem(410, null, 'It is gone.');
    if (query['plan_id'] !== this.#planOf(made) || query['service_id'] !== made.serviceId)
      return this.#complain(400, 'another plan or service than it has');
    const refused = refusal() ?? this.#asyncRefusal(made.planId, query);
    if (refused !== null) return refused;
    if (made.running?.what === 'delete')
      return Response.json({ operation: made.running.id }, { status: 202 });
    const running = this.#begin(made.planId, 'delete');
    made.running = running;
    made.state = running === null ? 'gone' : 'deleting';
    return running === null ? Response.json({}) : Response.json({ operation: running.id }, { status: 202 });
  }

  #fetchBinding(id: string): Response {
    const binding = this.state.bindings[id];
    if (binding?.state !== 'ready') return problem(404, null, 'There is none.');
    return Response.json({ credentials: binding.credentials, parameters: binding.parameters });
  }

  #lastOperation(made: InstanceRecord | BindingRecord | undefined, { query }: SeenRequest): Response {
    if (made === undefined) return problem(404, null, 'There is none.');
    const { running, ended } = made;
    const operation = running ?? ended;
    if (operation === null) return problem(400, null, 'Nothing was asked of it.');
    if (query['operation'] !== operation.id)
      return this.#complain(
        400,
        `operation must be ${operation.id}, not ${query['operation'] ?? 'left out'}`,
      );
    if (made.state === 'gone') return problem(410, null, 'It is gone.');
    const headers = this.retryAfter === null ? {} : { 'retry-after': String(this.retryAfter) };
    if (running !== null)
      return Response.json({ state: 'in progress', description: 'Working on it.' }, { headers });
    return ended?.state === 'failed'
      ? Response.json({ state: 'failed', description: 'No room\nfor it.' })
      : Response.json({ state: 'succeeded' });
  }
}

const USABLE: ReadonlySet<string> = new Set(['ready', 'updating']);

function kindOf(method: string, path: string): BrokerRequestKind | null {
  if (path === '/v2/catalog') return method === 'GET' ? 'catalogue' : null;
  const match = /^\/v2\/service_instances\/[^/]+(\/service_bindings\/[^/]+)?(\/last_operation)?$/.exec(path);
  if (match === null) return null;
  const [, binding, last] = match;
  if (last !== undefined) return method === 'GET' ? 'last-operation' : null;
  const kinds: Record<string, BrokerRequestKind> =
    binding === undefined
      ? { PUT: 'provision', PATCH: 'update', DELETE: 'deprovision' }
      : { PUT: 'bind', DELETE: 'unbind', GET: 'fetch' };
  return kinds[method] ?? null;
}

const problem = (status: number, error: string | null, description: string): Response =>
  Response.json({ ...(error === null ? {} : { error }), description }, { status });

function isIdentity(header: string): boolean {
  const [platform = '', value = '', ...rest] = header.split(' ');
  if (platform === '' || value === '' || rest.length > 0) return false;
  try {
    const identity = parsed(new TextDecoder().decode(fromBase64(value)));
    return typeof identity === 'object' && identity !== null;
  } catch {
    return false;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
