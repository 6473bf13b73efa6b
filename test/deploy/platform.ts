import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';

interface Script {
  /** What was uploaded last; null for a worker that only holds secrets so far. */
  metadata: Metadata | null;
  modules: string[];
  secrets: Map<string, string>;
  crons: string[];
  hostnames: string[];
  public: boolean;
}

interface Metadata {
  main_module: string;
  compatibility_date: string;
  compatibility_flags: string[];
  migrations?: { new_tag: string };
  bindings: {
    name: string;
    type: string;
    service?: string;
    id?: string;
    namespace_id?: string;
    text?: string;
  }[];
}

interface Answer {
  status?: number;
  result?: unknown;
  error?: { code: number; message: string };
}

/** Path parts and, last, the query; the body as text; and as a form where the request holds one. */
type Handler = (parts: string[], body: string, form: () => Promise<FormData>) => Answer | Promise<Answer>;

/**
 * Stands in for the platform's API, as far as wrangler 4.155 asks it during a deployment: keeps what it is told in
 * memory, runs migrations in SQLite, and refuses what the platform refuses of an upload (a binding to nothing, a
 * secret that was never set). It says nothing about how uploaded code behaves.
 */
export class Platform {
  readonly queues = new Map<string, { id: string; consumers: Record<string, unknown>[] }>();
  readonly databases = new Map<string, { id: string; sqlite: DatabaseSync }>();
  readonly namespaces = new Map<string, string>();
  readonly buckets = new Set<string>();
  readonly scripts = new Map<string, Script>();
  readonly workflows = new Map<string, { script_name: string; class_name: string }>();
  /** Requests this stand-in has no answer for: each is a gap in the rehearsal. */
  readonly unanswered: string[] = [];
  #server: Server | null = null;

  async start(): Promise<{ origin: string }> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    for (const { sqlite } of this.databases.values()) sqlite.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, result = null, error } = await this.#answer(request).catch(broken);
    response.writeHead(status ?? (error === undefined ? 200 : 404), { 'content-type': 'application/json' });
    const errors = error === undefined ? [] : [error];
    response.end(JSON.stringify({ success: error === undefined, result, errors, messages: [] }));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const bytes = await new Blob(chunks).arrayBuffer();
    const headers = { 'content-type': request.headers['content-type'] ?? '' };
    const form = () => new Response(bytes, { headers }).formData();
    const body = new TextDecoder().decode(bytes);
    const url = new URL(request.url ?? '/', 'http://platform');
    const path = url.pathname.replace(/^\/client\/v4\/accounts\/[^/]+\//, '');
    for (const [method, pattern, handle] of this.#routes) {
      const match = request.method === method ? pattern.exec(path) : null;
      if (match !== null) return handle([...match.slice(1), url.search], body, form);
    }
    this.unanswered.push(`${request.method} ${path}`);
    return { error: { code: 7003, message: `no route for ${request.method} ${path}` } };
  }

  readonly #routes: [method: string, path: RegExp, handle: Handler][] = [
    ['GET', /^queues$/, ([query = '']) => this.#listQueues(new URLSearchParams(query))],
    ['POST', /^queues$/, (_parts, body) => this.#createQueue(fields(body).queue_name)],
    ['GET', /^queues\/([^/]+)\/consumers$/, ([id = '']) => ({ result: this.#queue(id)?.consumers ?? [] })],
    ['POST', /^queues\/([^/]+)\/consumers$/, ([id = ''], body) => this.#addConsumer(id, body)],
    ['GET', /^d1\/database$/, ([query = '']) => this.#listDatabases(new URLSearchParams(query))],
    ['POST', /^d1\/database$/, (_parts, body) => this.#createDatabase(fields(body).name)],
    ['POST', /^d1\/database\/([^/]+)\/query$/, ([id = ''], body) => this.#query(id, fields(body).sql)],
    ['GET', /^storage\/kv\/namespaces$/, ([query = '']) => this.#listNamespaces(new URLSearchParams(query))],
    ['POST', /^storage\/kv\/namespaces$/, (_parts, body) => this.#createNamespace(fields(body).title)],
    ['GET', /^r2\/buckets$/, () => ({ result: { buckets: [...this.buckets].map((name) => ({ name })) } })],
    [
      'GET',
      /^r2\/buckets\/([^/]+)$/,
      ([name = '']) => (this.buckets.has(name) ? { result: { name } } : missing()),
    ],
    ['POST', /^r2\/buckets$/, (_parts, body) => this.#createBucket(fields(body).name)],
    ['GET', /^workers\/services\/([^/]+)$/, ([name = '']) => this.#service(name)],
    ['GET', /^workers\/scripts\/([^/]+)\/secrets$/, ([name = '']) => this.#listSecrets(name)],
    [
      'PATCH',
      /^workers\/scripts\/([^/]+)\/secrets-bulk$/,
      ([name = ''], body) => this.#setSecrets(name, body),
    ],
    [
      'PUT',
      /^workers\/scripts\/([^/]+)$/,
      async ([name = ''], _body, form) => this.#upload(name, await form()),
    ],
    [
      'POST',
      /^workers\/scripts\/([^/]+)\/versions$/,
      async ([name = ''], _body, form) => this.#upload(name, await form()),
    ],
    ['GET', /^workers\/scripts\/([^/]+)\/settings$/, ([name = '']) => this.#settings(name)],
    ['PATCH', /^workers\/scripts\/([^/]+)\/script-settings$/, () => ({ result: {} })],
    ['GET', /^workers\/workers\/([^/]+)$/, ([name = '']) => this.#worker(name)],
    ['POST', /^workers\/scripts\/([^/]+)\/deployments$/, () => ({ result: { id: randomUUID() } })],
    ['GET', /^workers\/scripts\/([^/]+)\/deployments$/, ([name = '']) => this.#deployments(name)],
    ['GET', /^workers\/scripts\/([^/]+)\/subdomain$/, ([name = '']) => this.#subdomain(name)],
    ['POST', /^workers\/scripts\/([^/]+)\/subdomain$/, ([name = ''], body) => this.#setSubdomain(name, body)],
    ['GET', /^workers\/subdomain$/, () => ({ result: { subdomain: 'acme' } })],
    ['PUT', /^workers\/scripts\/([^/]+)\/schedules$/, ([name = ''], body) => this.#schedule(name, body)],
    ['GET', /^workflows\/([^/]+)$/, ([name = '']) => this.#workflow(name)],
    ['PUT', /^workflows\/([^/]+)$/, ([name = ''], body) => this.#setWorkflow(name, body)],
    ['POST', /^workers\/scripts\/([^/]+)\/domains\/changeset$/, () => ({ result: NO_CHANGES })],
    [
      'PUT',
      /^workers\/scripts\/([^/]+)\/domains\/records$/,
      ([name = ''], body) => this.#setDomains(name, body),
    ],
  ];

  #queue(id: string) {
    return [...this.queues.values()].find((queue) => queue.id === id);
  }

  #listQueues(query: URLSearchParams): Answer {
    const named = query.getAll('name');
    const all = [...this.queues].filter(([name]) => named.length === 0 || named.includes(name));
    const page = Number(query.get('page') ?? 1);
    // Fewer a page than there are queues, so that a deployment has to read on.
    const size = named.length === 0 ? 4 : all.length;
    return {
      result: all.slice((page - 1) * size, page * size).map(([queue_name, { id, consumers }]) => ({
        queue_name,
        queue_id: id,
        created_on: '2026-11-01T00:00:00Z',
        modified_on: '2026-11-01T00:00:00Z',
        producers: [],
        producers_total_count: 0,
        consumers,
        consumers_total_count: consumers.length,
      })),
    };
  }

  addQueue(name: string): void {
    this.queues.set(name, { id: hex(), consumers: [] });
  }

  addDatabase(name: string): void {
    this.databases.set(name, { id: randomUUID(), sqlite: new DatabaseSync(':memory:') });
  }

  /** What a query finds in a database. */
  rows(database: string, sql: string): Record<string, unknown>[] {
    return this.databases.get(database)?.sqlite.prepare(sql).all() ?? [];
  }

  #createQueue(name = ''): Answer {
    if (this.queues.has(name)) return taken(name);
    this.addQueue(name);
    return { result: { queue_name: name } };
  }

  #addConsumer(id: string, body: string): Answer {
    const consumer = JSON.parse(body) as Record<string, unknown>;
    this.#queue(id)?.consumers.push(consumer);
    return { result: consumer };
  }

  #listDatabases(query: URLSearchParams): Answer {
    const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('per_page') ?? 10)];
    const all = [...this.databases].map(([name, { id }]) => ({ name, uuid: id, version: 'production' }));
    return { result: all.slice((page - 1) * size, page * size) };
  }

  #createDatabase(name = ''): Answer {
    if (this.databases.has(name)) return taken(name);
    this.addDatabase(name);
    return { result: { name, uuid: this.databases.get(name)?.id } };
  }

  #query(id: string, sql = ''): Answer {
    const found = [...this.databases.values()].find((database) => database.id === id);
    if (found === undefined) return missing();
    try {
      const rows = /^\s*(?:SELECT|PRAGMA)/i.test(sql) ? found.sqlite.prepare(sql).all() : [];
      if (rows.length === 0) found.sqlite.exec(sql);
      return { result: [{ results: rows, success: true, meta: { duration: 1 } }] };
    } catch (error) {
      return { status: 400, error: { code: 7500, message: String(error) } };
    }
  }

  #listNamespaces(query: URLSearchParams): Answer {
    const all = [...this.namespaces].map(([title, id]) => ({ title, id }));
    return { result: Number(query.get('page') ?? 1) === 1 ? all : [] };
  }

  #createNamespace(title = ''): Answer {
    if (this.namespaces.has(title)) return taken(title);
    const id = hex();
    this.namespaces.set(title, id);
    return { result: { title, id } };
  }

  #service(name: string): Answer {
    const script = this.scripts.get(name);
    if (script === undefined)
      return { error: { code: 10090, message: 'workers.api.error.service_not_found' } };
    const tag = script.metadata?.migrations?.new_tag;
    const described = { id: name, last_deployed_from: 'wrangler', ...(tag && { migration_tag: tag }) };
    return { result: { id: name, default_environment: { environment: 'production', script: described } } };
  }

  #listSecrets(name: string): Answer {
    const script = this.scripts.get(name);
    if (script === undefined) return missing();
    return { result: [...script.secrets.keys()].map((each) => ({ name: each, type: 'secret_text' })) };
  }

  #setSecrets(name: string, body: string): Answer {
    const script = this.scripts.get(name);
    if (script === undefined) return missing();
    const { secrets } = JSON.parse(body) as { secrets: Record<string, { text: string }> };
    for (const [each, { text }] of Object.entries(secrets)) script.secrets.set(each, text);
    return { result: null };
  }

  #upload(name: string, form: FormData): Answer {
    const described = form.get('metadata');
    if (typeof described !== 'string') return { status: 400, error: { code: 10021, message: 'no metadata' } };
    const metadata = JSON.parse(described) as Metadata;
    const script = this.scripts.get(name) ?? newScript();
    for (const binding of metadata.bindings ?? []) {
      const refusal = this.#refusal(binding, script);
      if (refusal !== null) return { status: 400, error: { code: 10021, message: `${name}: ${refusal}` } };
    }
    this.scripts.set(name, {
      ...script,
      metadata,
      modules: [...form.keys()].filter((key) => key !== 'metadata'),
    });
    return {
      result: {
        id: name,
        tag: name,
        metadata: {},
        resources: { script: { etag: hex() } },
        deployment_id: randomUUID(),
        startup_time_ms: 5,
      },
    };
  }

  #refusal(binding: Metadata['bindings'][number], script: Script): string | null {
    const ids = new Set([...this.databases.values()].map(({ id }) => id));
    switch (binding.type) {
      case 'service':
        return this.scripts.get(binding.service ?? '')?.metadata ? null : `no worker ${binding.service}`;
      case 'd1':
        return ids.has(binding.id ?? '') ? null : `no database ${binding.id}`;
      case 'kv_namespace':
        return [...this.namespaces.values()].includes(binding.namespace_id ?? '')
          ? null
          : 'no such namespace';
      case 'inherit':
        return isKnown(script, binding.name) ? null : `nothing named ${binding.name} to inherit`;
      default:
        return null;
    }
  }

  #settings(name: string): Answer {
    const script = this.scripts.get(name);
    return script === undefined ? missing() : { result: { bindings: script.metadata?.bindings ?? [] } };
  }

  #worker(name: string): Answer {
    if (!this.scripts.has(name)) return missing();
    return { result: { id: name, name, subdomain: { enabled: false, previews_enabled: false }, tags: [] } };
  }

  #deployments(name: string): Answer {
    return this.scripts.has(name) ? { result: { deployments: [] } } : missing();
  }

  #subdomain(name: string): Answer {
    return { result: { enabled: this.scripts.get(name)?.public ?? false, previews_enabled: false } };
  }

  #setSubdomain(name: string, body: string): Answer {
    const { enabled } = JSON.parse(body) as { enabled: boolean };
    const script = this.scripts.get(name);
    if (script !== undefined) script.public = enabled;
    return { result: { enabled, previews_enabled: false } };
  }

  #schedule(name: string, body: string): Answer {
    const script = this.scripts.get(name);
    const crons = JSON.parse(body) as { cron: string }[];
    if (script !== undefined) script.crons = crons.map(({ cron }) => cron);
    return { result: crons };
  }

  #workflow(name: string): Answer {
    const workflow = this.workflows.get(name);
    if (workflow === undefined) return { error: { code: 10200, message: 'workflow.not_found' } };
    return { result: { name, ...workflow } };
  }

  #setWorkflow(name: string, body: string): Answer {
    const workflow = JSON.parse(body) as { script_name: string; class_name: string };
    this.workflows.set(name, workflow);
    return { result: workflow };
  }

  #setDomains(name: string, body: string): Answer {
    const { origins } = JSON.parse(body) as { origins: { hostname: string }[] };
    const script = this.scripts.get(name);
    if (script !== undefined) script.hostnames = origins.map(({ hostname }) => hostname);
    return { result: null };
  }

  #createBucket(name = ''): Answer {
    if (this.buckets.has(name)) return taken(name);
    this.buckets.add(name);
    return { result: { name } };
  }
}

const isKnown = ({ secrets, metadata }: Script, name: string): boolean =>
  secrets.has(name) || (metadata?.bindings ?? []).some((binding) => binding.name === name);
const NO_CHANGES = { added: [], removed: [], updated: [], conflicting: [] };
const newScript = (): Script => ({
  metadata: null,
  modules: [],
  secrets: new Map(),
  crons: [],
  hostnames: [],
  public: false,
});
const hex = (): string => randomUUID().replaceAll('-', '');
const fields = (body: string): Record<string, string> => JSON.parse(body) as Record<string, string>;
const broken = (error: unknown): Answer => ({ status: 400, error: { code: 10000, message: String(error) } });
const missing = (): Answer => ({ error: { code: 10007, message: 'This does not exist on your account.' } });
const taken = (name: string): Answer => ({
  status: 409,
  error: { code: 10014, message: `${name} is taken` },
});
