import { Hono } from 'hono';
import { PERMISSIONS } from '#shared/auth/permissions.ts';
import { PROBLEMS } from '#shared/http/problems.ts';
import { API_DOCUMENT, type Operation, type SchemaObject } from '../api-document.ts';
import type { PageEnv } from '../env.ts';
import { describe } from '../schema-example.ts';
import { document, Shell } from './layout.tsx';
import { Marked } from './parts.tsx';
import { OperationView, type NamedOperation } from './operation-view.tsx';

const CACHE = 'public, max-age=300';

/** The API's description: `GET /openapi.json` for machines, `GET /docs` for people. */
export function apiDocument(): Hono<PageEnv> {
  let json: string | undefined;
  let page: Promise<string> | undefined;
  return new Hono<PageEnv>()
    .get('/openapi.json', (c) => {
      json ??= JSON.stringify({ ...API_DOCUMENT, servers: [{ url: c.env.PUBLIC_ORIGIN }] });
      return c.body(json, 200, { 'content-type': 'application/json', 'cache-control': CACHE });
    })
    .get('/docs', async (c) => {
      page ??= Promise.resolve(document(<Reference origin={c.env.PUBLIC_ORIGIN} />)).then(String);
      return c.html(await page, 200, { 'cache-control': CACHE });
    });
}

const OTHER = 'Other';

function operationsByTag(): Map<string, NamedOperation[]> {
  const groups = new Map<string, NamedOperation[]>();
  for (const [path, item] of Object.entries(API_DOCUMENT.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] ?? OTHER;
      const id = operation.operationId ?? `${method}${path}`.replaceAll(/\W+/g, '-');
      groups.set(tag, [...(groups.get(tag) ?? []), { path, method: method.toUpperCase(), id, operation }]);
    }
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const Reference = ({ origin }: { origin: string }) => {
  const groups = [...operationsByTag()];
  return (
    <Shell title="API reference">
      <h1>API reference</h1>
      <p>
        <Marked text={API_DOCUMENT.info.description ?? ''} />
      </p>
      <p>
        For machines: <a href="/openapi.json">OpenAPI 3.1</a>. Base address: <code>{origin}</code>.
      </p>
      <nav aria-label="Contents">
        {groups.map(([tag, operations]) => (
          <>
            <h2>{tag}</h2>
            <ul class="columns">
              {operations.map(({ id, operation, method, path }) => (
                <li>
                  <a href={`#${id}`}>
                    <Marked text={summaryOf(operation, method, path)} />
                  </a>
                </li>
              ))}
            </ul>
          </>
        ))}
        <p>
          <a href="#permissions">Permissions</a> · <a href="#problems">Problems</a> ·{' '}
          <a href="#schemas">Schemas</a>
        </p>
      </nav>
      {groups.map(([tag, operations]) => (
        <section>
          <h2>{tag}</h2>
          {operations.map((named) => (
            <OperationView named={named} origin={origin} schemas={API_DOCUMENT.components.schemas} />
          ))}
        </section>
      ))}
      <Permissions />
      <Problems />
      <Schemas schemas={API_DOCUMENT.components.schemas} />
    </Shell>
  );
};

const summaryOf = (operation: Operation, method: string, path: string): string =>
  operation.summary ?? `${method} ${path}`;

const Permissions = () => (
  <section id="permissions">
    <h2>Permissions</h2>
    <dl>
      {Object.entries(PERMISSIONS).map(([name, text]) => (
        <>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>
            <Marked text={text} />
          </dd>
        </>
      ))}
    </dl>
  </section>
);

const Problems = () => (
  <section id="problems">
    <h2>Problems</h2>
    <p>
      Every refusal is <code>application/problem+json</code> (RFC 9457). Decide by its <code>type</code>;
      quote its <code>requestId</code> when you report one.
    </p>
    <div class="scroll">
      <table>
        <tbody>
          {Object.entries(PROBLEMS).map(([slug, { status, title, advice }]) => (
            <tr>
              <td>{status}</td>
              <td>
                <a href={`/problems/${slug}`}>{slug}</a>
              </td>
              <td>
                {title}. <Marked text={advice} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  </section>
);

const Schemas = ({ schemas }: { schemas: Record<string, SchemaObject> }) => (
  <section id="schemas">
    <h2>Schemas</h2>
    {Object.entries(schemas).map(([name, schema]) => (
      <div class="operation" id={`schema-${name}`}>
        <h3>{name}</h3>
        <p>
          <Marked text={schema.description ?? ''} />
        </p>
        {schema.properties === undefined ? (
          <p>
            <code>{describe(schema)}</code>
          </p>
        ) : (
          <Properties schema={schema} properties={schema.properties} />
        )}
      </div>
    ))}
  </section>
);

const Properties = (props: { schema: SchemaObject; properties: Record<string, SchemaObject> }) => (
  <dl>
    {Object.entries(props.properties).map(([name, inner]) => (
      <>
        <dt>
          <code>{name}</code>
        </dt>
        <dd>
          {describe(inner)}
          {props.schema.required?.includes(name) === true ? '' : ', optional'}
          {inner.description !== undefined && (
            <div class="soft">
              <Marked text={inner.description} />
            </div>
          )}
        </dd>
      </>
    ))}
  </dl>
);
