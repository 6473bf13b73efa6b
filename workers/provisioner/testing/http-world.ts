import { beforeEach } from 'vitest';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { FakeHttpPartner } from './fake-http-partner.ts';
import { operator } from './templates.ts';
import type { World } from './world.ts';

/** Somebody behind the connection `things`, fresh for each test. */
export function useHttpPartner({ hosts }: Pick<World, 'hosts'>): { http: FakeHttpPartner } {
  const world = { http: new FakeHttpPartner() };
  beforeEach(async () => {
    const http = new FakeHttpPartner();
    world.http = http;
    hosts.set(FakeHttpPartner.origin, http.fetch);
    const put = await connect(FakeHttpPartner.origin);
    http.secret = (await put.json<{ secret: string }>()).secret;
    await workerEnv<Env>().PARTNER_GATE.getByName('http:things').configure({ heldBy: null });
  });
  return world;
}

export const connect = async (baseUrl: string): Promise<Response> =>
  self.fetch('https://shop.test/v1/provisioning/connections/things', {
    method: 'PUT',
    headers: { ...(await operator()), 'content-type': 'application/json' },
    body: JSON.stringify({ baseUrl, renewSecret: true }),
  });

/** Inputs of a step `http.call`; `call` says what is different. */
export const httpInputs = (call: object) =>
  Object.fromEntries(
    Object.entries({
      connection: 'things',
      path: '/things',
      remove: { path: '/things/{resource}' },
      read: {
        resource: '/id',
        operation: '/operation',
        state: '/state',
        succeeded: ['done'],
        failed: ['failed'],
        result: { code: '/access/code' },
      },
      ...call,
    }).map(([input, value]) => [input, { value }]),
  );
