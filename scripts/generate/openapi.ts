/** Merges the API documents of all workers into the one the gateway serves. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROBLEMS } from '../../shared/http/problems.ts';
import { DEPLOYABLE_WORKERS, ROOT, workerFolder, type WorkerName } from '../lib/workers.ts';

/** Where the generated document belongs. */
export const OPENAPI_TARGET = path.join(workerFolder('gateway'), 'openapi.generated.json');

type Json = Record<string, unknown>;
interface Document {
  paths?: Record<string, Json>;
  webhooks?: Record<string, Json>;
  components?: Record<string, Record<string, unknown>>;
}
interface Operation {
  tags?: string[];
  parameters?: { name: string; in: string }[];
  'x-step-up'?: object;
  responses?: Record<string, { description: string }>;
}
interface DescribedApp {
  getOpenAPI31Document(config: Json): Document;
  routes: { method: string; path: string }[];
}

const DESCRIPTION = [
  'Catalogue, accounts, orders, payments and what customers own. Errors are problem details (RFC 9457), lists use',
  'keyset cursors (`next` in the body, `Link` header), money is in integer minor units, times are RFC 3339 in UTC.',
  'Send `Authorization: Bearer` with an access token from sign-in, and an `Idempotency-Key` where one is asked for.',
].join(' ');

/** JSON text of `openapi.generated.json`: the same input gives the same bytes. */
export async function openApiJson(): Promise<string> {
  return `${JSON.stringify(await openApiDocument(), null, 2)}\n`;
}

/** The OpenAPI 3.1 document of every worker that has an HTTP application. */
export async function openApiDocument(): Promise<Json> {
  const documents = await Promise.all(
    DEPLOYABLE_WORKERS.filter((worker) => worker !== 'gateway').map(documentOf),
  );
  const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const paths = oneNameEach(merged(documents.map((document) => Object.entries(document.paths ?? {}))));
  const kinds = [
    ...new Set(['schemas', ...documents.flatMap(({ components }) => Object.keys(components ?? {}))]),
  ];
  const components = kinds.map((kind): [string, unknown] => [
    kind,
    merged(documents.map((document) => Object.entries(document.components?.[kind] ?? {}))),
  ]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tradepost',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: tagsOf(paths),
    paths,
    webhooks: merged(documents.map((document) => Object.entries(document.webhooks ?? {}))),
    components: {
      ...sorted(
        components.filter(([kind, entries]) => kind === 'schemas' || Object.keys(entries as Json).length > 0),
      ),
      securitySchemes: {
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'Access token from `/v1/auth/sign-in` or `/v1/auth/token`, valid for ten minutes',
        },
        cartToken: {
          type: 'apiKey',
          in: 'header',
          name: 'x-cart-token',
          description: 'Right to a guest’s cart, told when it was made',
        },
      },
    },
  };
}

/** A worker's own document; an empty one while it has no application. */
export async function documentOf(worker: WorkerName): Promise<Document> {
  const app = await appOf(worker);
  const document = app?.getOpenAPI31Document({ openapi: '3.1.0', info: { title: worker, version: '0' } });
  return document === undefined ? {} : withStepUps(withoutFlags(document));
}

const STEP_UP_REQUIRED = 'step-up-required';

/** Whatever asks for a newer or stronger sign-in says so among its refusals, of which the middleware makes this one. */
function withStepUps(document: Document): Document {
  for (const item of Object.values(document.paths ?? {})) {
    for (const { 'x-step-up': asked, responses } of Object.values(item) as Operation[]) {
      const refusal = responses?.['401'];
      if (asked === undefined || refusal === undefined || refusal.description.includes(STEP_UP_REQUIRED))
        continue;
      refusal.description += `; ${PROBLEMS[STEP_UP_REQUIRED].title} (\`${STEP_UP_REQUIRED}\`)`;
    }
  }
  return document;
}

/** The library leaves the flags of an expression in its pattern (`^\P{Cc}*$/u`), where they match themselves. */
const withoutFlags = (document: Document): Document =>
  JSON.parse(
    JSON.stringify(document, (name, value: unknown) =>
      name === 'pattern' && typeof value === 'string' ? plainPattern(value) : value,
    ),
  ) as Document;

/** JSON Schema reads every pattern as with `u` and knows no other flag. */
function plainPattern(pattern: string): string {
  const [, source = pattern, flags = ''] = /^(.*)\/([a-z]*)$/s.exec(pattern) ?? [];
  if (!/^[uv]?$/.test(flags))
    throw new Error(`the pattern ${pattern} needs flags that JSON Schema does not know`);
  return source;
}

/** Every route a worker answers, documented or not, as `GET /v1/things/{id}`. */
export async function routesOf(worker: WorkerName): Promise<string[]> {
  const routes = (await appOf(worker))?.routes ?? [];
  const named = routes
    .filter(({ method, path: at }) => !(method === 'ALL' && at === '/*'))
    .map(({ method, path: at }) => `${method} ${at.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`);
  return [...new Set(named)];
}

async function appOf(worker: WorkerName): Promise<DescribedApp | null> {
  const file = path.join(workerFolder(worker), 'app.ts');
  if (!existsSync(file)) return null;
  const module = (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  const make = Object.entries(module).find(([name]) => /^create\w*App$/.test(name))?.[1];
  const app = (typeof make === 'function' ? (make as () => unknown)() : module['app']) as
    | DescribedApp
    | undefined;
  if (app === undefined) throw new Error(`${file} exports no application`);
  return app;
}

/** Entries of all workers by name; the same name must mean the same thing everywhere. */
function merged(lists: [string, unknown][][]): Json {
  const all = new Map<string, unknown>();
  for (const [name, value] of lists.flat()) {
    const other = all.get(name);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(value)) {
      throw new Error(`two workers mean different things by ${name}`);
    }
    all.set(name, value);
  }
  return sorted([...all]);
}

const PARAMETER = /\{([^}]+)\}/g;

/** Paths that differ in nothing but the names of their parameters are one path, under the names that come first. */
function oneNameEach(paths: Json): Json {
  const byShape = new Map<string, { template: string; item: Json }>();
  for (const [template, item] of Object.entries(paths)) {
    const shape = template.replaceAll(PARAMETER, '{}');
    const known = byShape.get(shape);
    if (known === undefined) byShape.set(shape, { template, item: item as Json });
    else
      known.item = { ...known.item, ...renamed(item as Record<string, Operation>, template, known.template) };
  }
  return Object.fromEntries([...byShape.values()].map(({ template, item }) => [template, item]));
}

function renamed(item: Record<string, Operation>, from: string, to: string): Json {
  const names = [...from.matchAll(PARAMETER)].map(([, name]) => name);
  const wanted = [...to.matchAll(PARAMETER)].map(([, name]) => name);
  return Object.fromEntries(
    Object.entries(item).map(([method, operation]) => {
      const parameters = operation.parameters?.map((parameter) =>
        parameter.in === 'path' ? { ...parameter, name: wanted[names.indexOf(parameter.name)] } : parameter,
      );
      return [method, { ...operation, parameters }];
    }),
  );
}

const sorted = (entries: [string, unknown][]): Json =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

function tagsOf(paths: Json): { name: string }[] {
  const operations = Object.values(paths).flatMap((item) => Object.values(item as Record<string, Operation>));
  return [...new Set(operations.flatMap(({ tags }) => tags ?? []))].sort().map((name) => ({ name }));
}
