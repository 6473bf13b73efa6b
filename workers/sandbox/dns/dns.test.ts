import { expect, it } from 'vitest';
import { dnsOverHttps } from '../../auth/adapters/domain-names.ts';
import { sandbox } from '../testing/sdk.ts';

const names = dnsOverHttps('http://sandbox.test/dns-query', async (input, init) => {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input);
  return sandbox(pathname + search, { ...init, signal: null });
});
const set = (name: string, txt: string[]): Promise<Response> =>
  sandbox(`/control/dns/${name}`, { method: 'PUT', body: JSON.stringify({ txt }) });

it('a TXT record stands where it was put until it is taken away, and nothing stands anywhere else', async () => {
  const name = `_proof.${crypto.randomUUID()}.example`;
  expect(await names.texts(name)).toEqual([]);
  expect((await set(name.toUpperCase(), ['a "quoted" text', 'v=1'])).status).toBe(204);
  expect(await names.texts(name)).toEqual(['a "quoted" text', 'v=1']);
  expect(await names.texts(`sub.${name}`)).toEqual([]);
  expect(await names.addresses(name)).toEqual([]);
  await set(name, []);
  expect(await names.texts(name)).toEqual([]);
  expect((await set(name, [''])).status).toBe(422);
});
