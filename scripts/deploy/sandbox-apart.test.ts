import { describe, expect, it } from 'vitest';
import { createPaymentsApp } from '../../workers/payments/app.ts';
import { isApiPath, serviceFor } from '../../workers/gateway/routing.ts';
import { app as sandbox } from '../../workers/sandbox/app.ts';
import { ROUTES } from '../../workers/sandbox/stripe/route-table.ts';

/** Everything the sandbox answers, with something in place of each parameter. */
const doors = [
  ...sandbox.routes.flatMap(({ method, path }) => (path.includes('*') ? [] : [[method, path] as const])),
  ...ROUTES.map(([method, path]) => [method, path] as const),
].map(([method, path]) => [method, path.replaceAll(/[:{][^/]*/g, 'x')] as const);

const payments = createPaymentsApp();

describe('a deployed shop', () => {
  it('knows of doors of the sandbox, so that what follows looks at some', () => {
    const paths = new Set(doors.map(([, path]) => path));
    expect(paths.size).toBeGreaterThan(40);
    for (const part of ['/mailbox', '/control/', '/stripe.js', '/v1/payment_intents', '/partner/', '/idp/'])
      expect([...paths].filter((path) => path.includes(part))).not.toEqual([]);
  });

  it.each(doors)('has none of them open: %s %s', async (method, path) => {
    const service = isApiPath(path) ? serviceFor(path) : null;
    // The same words may name something of ours, which asks who is there.
    expect(service === null || (service === 'PAYMENTS' && path.startsWith('/v1/disputes'))).toBe(true);
    const answer = await payments.request(path, { method: method === 'ALL' ? 'GET' : method }, {});
    expect([401, 404, 405]).toContain(answer.status);
  });
});
