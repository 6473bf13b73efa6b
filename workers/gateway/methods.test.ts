import { expect, test } from 'vitest';
import { methodsAt, methodTable } from './methods.ts';

const table = methodTable({
  '/v1/orders': { get: {}, post: {} },
  '/v1/orders/{id}': { get: {} },
  '/v1/orders/{id}/cancel': { post: {} },
  '/.well-known/jwks.json': { get: {} },
});

test('a parameter covers one segment, and what can be read can be asked for its head', () => {
  expect(methodsAt(table, '/v1/orders')).toEqual(['GET', 'POST', 'HEAD']);
  expect(methodsAt(table, '/v1/orders/ord_1')).toEqual(['GET', 'HEAD']);
  expect(methodsAt(table, '/v1/orders/ord_1/cancel')).toEqual(['POST']);
});

test('a path the document does not name is left to the worker', () => {
  expect(methodsAt(table, '/v1/orders/a/b/c')).toBeNull();
  expect(methodsAt(table, '/xwell-known/jwks.json')).toBeNull();
  expect(methodsAt(table, '/.well-known/jwksxjson')).toBeNull();
});
