import type { Content, Operation, SchemaObject } from '../api-document.ts';
import { curlExample } from '../curl-example.ts';
import { Marked } from './parts.tsx';
import { describe, exampleOf, refName } from '../schema-example.ts';

export interface NamedOperation {
  path: string;
  /** Upper case. */
  method: string;
  /** Anchor on the page. */
  id: string;
  operation: Operation;
}
type Schemas = Record<string, SchemaObject>;

/** One operation of the API reference. */
export const OperationView = (props: { named: NamedOperation; origin: string; schemas: Schemas }) => {
  const { named, origin, schemas } = props;
  const { operation } = named;
  const permissions = operation['x-permissions'] ?? [];
  return (
    <article class="operation" id={named.id}>
      <h3>
        <Marked text={operation.summary ?? named.id} />
        <br />
        <code>
          {named.method} {named.path}
        </code>
      </h3>
      <p>
        <Marked text={operation.description ?? ''} />
      </p>
      {permissions.length > 0 && (
        <p>
          Needs the permission{' '}
          {permissions.map((name, index) => (
            <>
              {index > 0 && ' or '}
              <a href="#permissions">
                <code>{name}</code>
              </a>
            </>
          ))}
          .
        </p>
      )}
      <Parameters operation={operation} />
      {operation.requestBody?.content !== undefined && (
        <>
          <h4>Body</h4>
          <Bodies content={operation.requestBody.content} schemas={schemas} />
        </>
      )}
      <h4>Answers</h4>
      <Answers operation={operation} schemas={schemas} />
      <h4>Example</h4>
      <pre>
        <code>{curlExample(named, origin, schemas)}</code>
      </pre>
    </article>
  );
};

const Parameters = ({ operation }: { operation: Operation }) => {
  const parameters = operation.parameters ?? [];
  if (parameters.length === 0) return null;
  return (
    <>
      <h4>Parameters</h4>
      <dl>
        {parameters.map((parameter) => (
          <>
            <dt>
              <code>{parameter.name}</code>
            </dt>
            <dd>
              {parameter.in}, {describe(parameter.schema ?? {})}
              {parameter.required === true ? '' : ', optional'}
              {parameter.description !== undefined && (
                <div class="soft">
                  <Marked text={parameter.description} />
                </div>
              )}
            </dd>
          </>
        ))}
      </dl>
    </>
  );
};

const Answers = ({ operation, schemas }: { operation: Operation; schemas: Schemas }) => (
  <dl>
    {Object.entries(operation.responses ?? {}).map(([status, response]) => (
      <>
        <dt>{status}</dt>
        <dd>
          <AnswerText text={response.description} />
          {status.startsWith('2') && <Bodies content={response.content ?? {}} schemas={schemas} />}
        </dd>
      </>
    ))}
  </dl>
);

/** Problem types are named in backticks in a response's description. */
const AnswerText = ({ text }: { text: string }) => (
  <>
    {text.split('`').map((part, index) =>
      index % 2 === 0 ? (
        part
      ) : (
        <a href="#problems">
          <code>{part}</code>
        </a>
      ),
    )}
  </>
);

const Bodies = ({ content, schemas }: { content: Content; schemas: Schemas }) => (
  <>
    {Object.entries(content).map(([type, { schema }]) => (
      <details>
        <summary>
          <code>{type}</code>
        </summary>
        {schema !== undefined && (
          <>
            <p>
              <SchemaLink schema={schema} />
            </p>
            {type.includes('json') && (
              <pre>
                <code>{JSON.stringify(exampleOf(schema, schemas), null, 2)}</code>
              </pre>
            )}
          </>
        )}
      </details>
    ))}
  </>
);

const SchemaLink = ({ schema }: { schema: SchemaObject }) => {
  const name = refName(schema);
  return name === null ? <code>{describe(schema)}</code> : <a href={`#schema-${name}`}>{name}</a>;
};
