import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { PERMISSIONS, STEP_UP, type Permission } from '../../shared/auth/permissions.ts';
import { serviceFor } from '../../workers/gateway/routing.ts';
import { DEPLOYABLE_WORKERS } from '../lib/workers.ts';
import { documentOf, openApiDocument, openApiJson, routesOf } from './openapi.ts';

interface Operation {
  operationId?: string;
  summary?: string;
  tags?: string[];
  'x-permissions'?: string[];
  'x-open-because'?: string;
  'x-step-up'?: Record<string, object>;
  security?: unknown[];
  parameters?: { name: string; in: string }[];
  requestBody?: unknown;
  responses: Record<string, { description: string; content?: Record<string, unknown> }>;
}

const document = await openApiDocument();
const operations = Object.entries(document['paths'] as Record<string, Record<string, Operation>>).flatMap(
  ([path, item]) => Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);
const named = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(JSON.parse(await openApiJson()) as Record<string, unknown>);
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
});

test('patterns match what the schemas take: flags of an expression are no part of one', () => {
  const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\\\]|\\\\.)*")/g)].map(
    ([, text = '']) => JSON.parse(text) as string,
  );
  expect(patterns.length).toBeGreaterThan(100);
  for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow();
  expect(patterns.filter((pattern) => /\/[a-z]*$/.test(pattern))).toEqual([]);
  const { properties } = (document['components'] as { schemas: Record<string, unknown> }).schemas[
    'ShippingMethod'
  ] as { properties: { title: { pattern: string } } };
  expect('Parcel, 2 to 4 days').toMatch(new RegExp(properties.title.pattern, 'u'));
});

test('the same sources give the same bytes, so that an unchanged API is an unchanged file', async () => {
  expect(await openApiJson()).toBe(await openApiJson());
});

test('no two paths differ only in the name of a parameter, which OpenAPI does not allow', () => {
  const shapes = Object.keys(document['paths'] as object).map((path) => path.replaceAll(/\{[^}]+\}/g, '{}'));
  expect(shapes.filter((shape, index) => shapes.indexOf(shape) !== index)).toEqual([]);
  for (const { path, operation } of operations) {
    const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    expect(inPath.map(({ name }) => `{${name}}`).sort()).toEqual((path.match(/\{[^}]+\}/g) ?? []).sort());
  }
});

test('every worker’s paths are those the gateway sends to it', async () => {
  const documents = await Promise.all(
    DEPLOYABLE_WORKERS.filter((worker) => worker !== 'gateway').map(async (worker) => ({
      worker,
      paths: Object.keys((await documentOf(worker)).paths ?? {}),
    })),
  );
  const lost = documents.flatMap(({ worker, paths }) =>
    paths.filter((path) => serviceFor(path) !== worker.toUpperCase()).map((path) => `${worker} ${path}`),
  );
  expect(lost, 'paths the gateway would send elsewhere').toEqual([]);
  expect(documents.filter(({ paths }) => paths.length === 0)).toEqual([]);
});

test('every route of a worker is in its document: the test of who may call what reads nothing else', async () => {
  const hidden = await Promise.all(
    DEPLOYABLE_WORKERS.filter((worker) => worker !== 'gateway').map(async (worker) => {
      const { paths = {} } = await documentOf(worker);
      const told = new Set(
        Object.entries(paths).flatMap(([path, item]) =>
          Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
        ),
      );
      return (await routesOf(worker))
        .filter((route) => !told.has(route))
        .map((route) => `${worker}: ${route}`);
    }),
  );
  expect(hidden.flat()).toEqual([]);
});

describe('every operation', () => {
  test('says who may call it: authorised(…), authorisedOrGuest(…) or open(…) of shared/http/authorised.ts', () => {
    const silent = operations.filter(({ operation }) => {
      const { security, 'x-permissions': permissions = [], 'x-open-because': because = '' } = operation;
      if (security === undefined) return true;
      return security.length === 0 ? because === '' : permissions.length === 0;
    });
    expect(silent.map(named)).toEqual([]);
  });

  test('has an id of its own, a summary and a tag, since the reference is built from them', () => {
    const poor = operations.filter(
      ({ operation }) => !operation.operationId || !operation.summary || !operation.tags?.length,
    );
    expect(poor.map(named)).toEqual([]);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says what newer or stronger sign-in its permissions ask for, and that it refuses any other', () => {
    const silent = operations.filter(({ operation }) => {
      const { 'x-permissions': permissions = [], 'x-step-up': asked = {}, responses } = operation;
      const asking = permissions.filter((permission) => STEP_UP[permission as Permission] !== undefined);
      const isTold =
        asking.length === 0 || responses['401']?.description.includes('step-up-required') === true;
      return !isTold || Object.keys(asked).join() !== asking.join();
    });
    expect(silent.map(named)).toEqual([]);
    expect(operations.filter(({ operation }) => operation['x-step-up'] !== undefined).length).toBeGreaterThan(
      200,
    );
  });

  test('names permissions that exist, wherever it asks for a token', () => {
    const wrong = operations.filter(({ operation }) => {
      const permissions = operation['x-permissions'] ?? [];
      const known = permissions.every((permission) => permission in PERMISSIONS);
      return !known || permissions.length > 0 !== (operation.security ?? []).length > 0;
    });
    expect(wrong.map(named)).toEqual([]);
  });

  test('says what it answers when it refuses, as problem details, or as the RFCs of OAuth give it', () => {
    const isRefusal = (content: Record<string, unknown> = {}): boolean =>
      'application/problem+json' in content ||
      JSON.stringify(content).includes('#/components/schemas/OAuthError');
    const wrong = operations.filter(({ operation }) =>
      Object.entries(operation.responses).some(
        ([status, { content }]) => Number(status) >= 400 && !isRefusal(content),
      ),
    );
    expect(wrong.map(named)).toEqual([]);
  });

  test('limits the body it takes with 413, and has nothing to say of a body it takes none of', () => {
    const wrong = operations.filter(({ operation: { requestBody, responses } }) =>
      requestBody === undefined ? '413' in responses || '415' in responses : !('413' in responses),
    );
    expect(wrong.map(named)).toEqual([]);
  });

  test('refuses a missing token with 401 and a missing permission with 403, and says so', () => {
    const silent = operations.filter(
      ({ operation }) =>
        (operation.security ?? []).length > 0 &&
        !('401' in operation.responses && '403' in operation.responses),
    );
    expect(silent.map(named)).toEqual([]);
  });
});
