import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { describe, expect, it, vi } from 'vitest';
import type { NamedTemplate } from '#shared/contracts/catalogue.ts';
import { instanceSchema } from '#shared/contracts/http/instances.ts';
import { instanceSteps } from '#shared/db/store.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { sweep } from './schedule.ts';
import { activation, deliver, newLine, reaches, told } from './testing/harness.ts';
import { keysStep, keysTemplate, makeTemplate, operator, type SentTemplate } from './testing/templates.ts';
import { useWorld } from './testing/world.ts';

useWorld();

const call = async (method: string, path: string, sent?: object, headers: Record<string, string> = {}) => {
  const response = await self.fetch(`https://shop.test/v1/provisioning/templates${path}`, {
    method,
    headers: { ...(await operator()), 'content-type': 'application/json', ...headers },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get('etag'),
    body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> & SentTemplate,
  };
};

describe('templates', () => {
  it('are made once a key, get further versions, and are archived; no version ever changes', async () => {
    const stated = keysTemplate();
    const key = { 'idempotency-key': crypto.randomUUID() };
    const made = await call('POST', '', stated, key);
    expect(made).toMatchObject({ status: 201, etag: '"1"', body: { status: 'active', currentVersion: 1 } });
    expect((await call('POST', '', stated, key)).body.id).toBe(made.body.id);
    expect((await call('POST', '', { ...stated, handle: 'other' }, key)).status).toBe(422);
    expect((await call('POST', '', stated, { 'idempotency-key': 'another' })).status).toBe(409);

    const next = { document: { ...stated.document, title: 'Second' }, note: 'A better title.' };
    const path = `/${made.body.id}`;
    expect((await call('POST', `${path}/versions`, next)).status).toBe(428);
    expect((await call('POST', `${path}/versions`, next, { 'if-match': '"7"' })).status).toBe(412);
    const added = await call('POST', `${path}/versions`, next, { 'if-match': '"1"' });
    expect(added).toMatchObject({ status: 201, etag: '"2"', body: { currentVersion: 2, title: 'Second' } });
    expect((await call('POST', `${path}/versions`, next, { 'if-match': '"1"' })).etag).toBe('"2"');

    expect((await call('GET', `${path}?version=1`)).body).toMatchObject({ title: stated.document.title });
    const versions = await call('GET', `${path}/versions?limit=1`);
    expect(versions.body).toMatchObject({ items: [{ version: 2, note: 'A better title.' }] });
    const older = await call('GET', `${path}/versions?limit=1&cursor=${String(versions.body['next'])}`);
    expect(older.body).toMatchObject({ items: [{ version: 1 }], next: null });

    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('DELETE', path)).status).toBe(204);
    const late = { ...next, note: 'Late.', document: stated.document };
    expect((await call('POST', `${path}/versions`, late, { 'if-match': '"2"' })).status).toBe(409);
    const archived = await call('GET', '?archived=true&limit=100');
    expect(JSON.stringify(archived.body)).toContain(made.body.id);
  });

  it('that do not hold together are refused, each fault with its place', async () => {
    const stated = keysTemplate();
    stated.document.steps[0] = { ...stated.document.steps[0], operation: 'forge' };
    const { status, body } = await call('POST', '', stated, { 'idempotency-key': crypto.randomUUID() });
    expect([status, body['errors']]).toEqual([
      422,
      [
        {
          in: 'body',
          pointer: '/document/steps/0/operation',
          detail: 'licence-key.forge does not exist',
        },
      ],
    ]);
  });

  it.each([
    ['a connection', 'http', 'call', 'connection'],
    ['a pool of keys', 'licence-pool', 'take', 'pool'],
  ])('that name %s which is not there are refused', async (_what, connector, operation, input) => {
    const rest = input === 'pool' ? { quantity: { value: 1 } } : { path: { value: '/things' } };
    const step = keysStep('it', {
      connector,
      operation,
      inputs: { [input]: { value: 'nowhere' }, ...rest },
      settle: { attempts: 1, waitSeconds: [60] },
    });
    const refused = await call('POST', '', keysTemplate([step]), { 'idempotency-key': crypto.randomUUID() });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ errors: [{ pointer: `/document/steps/0/inputs/${input}` }] });
  });

  it('that products without one are made by cannot be archived', async () => {
    const { body } = await call('GET', '?limit=1');
    const [usual] = body['items'] as { id: string }[];
    expect((await call('DELETE', `/${usual?.id}`)).status).toBe(409);
  });

  it('make what a product of that template orders, and an order keeps the version it began with', async () => {
    const made = await makeTemplate(keysTemplate());
    const fulfilment = { template: 'custom', templateId: made.id, parameters: { seats: 5 } } as const;
    const line = newLine(fulfilment, { customisation: { name: 'Ada' } });
    await deliver(line);
    const changed = keysTemplate();
    changed.document.delivery.fields['greeting'] = { value: 'Something else' };
    const next = { document: changed.document, note: 'Another greeting.' };
    expect((await call('POST', `/${made.id}/versions`, next, { 'if-match': '"1"' })).status).toBe(201);
    await reaches(line, 'ready', 'line.provisioned');
    await deliver(activation(line));

    const read = await self.fetch(`https://shop.test/v1/instances/${line.instanceId}`, {
      headers: await signedIn(line.customerId, 'customer'),
    });
    expect(instanceSchema.parse(await read.json())).toMatchObject({
      kind: 'licence',
      delivery: {
        type: 'custom',
        fields: [{ name: 'greeting', label: 'Greeting', value: 'For Ada: 5 seats', secret: false }],
      },
    });
  });

  it('that change before a line has its Workflow do not change what that line was written down with', async () => {
    const made = await makeTemplate(keysTemplate());
    const fulfilment = { template: 'custom', templateId: made.id, parameters: { seats: 5 } } as const;
    const line = newLine(fulfilment, { customisation: { name: 'Ada' } });
    const create = vi
      .spyOn(workerEnv<Env>().PROVISION, 'create')
      .mockRejectedValueOnce(new Error('too many'));
    expect(await deliver(line)).toEqual({ retried: 1 });
    create.mockRestore();
    const changed = keysTemplate([keysStep('others')]);
    changed.document.delivery.fields['greeting'] = { value: 'Something else' };
    const next = { document: changed.document, note: 'Other steps.' };
    expect((await call('POST', `/${made.id}/versions`, next, { 'if-match': '"1"' })).status).toBe(201);

    await deliver(line);

    await reaches(line, 'ready', 'line.provisioned');
    const steps = drizzle(workerEnv<Env>().STORE_DB).select().from(instanceSteps);
    expect(await steps.where(eq(instanceSteps.instanceId, line.instanceId))).toMatchObject([
      { step: 'keys' },
    ]);
  });

  it('that refuse a product by now do not fail a line that began before, however often its order asks', async () => {
    const made = await makeTemplate(keysTemplate());
    const line = newLine({ template: 'custom', templateId: made.id, parameters: { seats: 5 } });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    const changed = keysTemplate(undefined, {
      parameters: { type: 'object', properties: { seats: { type: 'string' } } },
    });
    const next = { document: changed.document, note: 'Seats have names.' };
    expect((await call('POST', `/${made.id}/versions`, next, { 'if-match': '"1"' })).status).toBe(201);

    await deliver(line);

    expect(await told(line)).toEqual({ 'line.provisioned': null });
  });

  it.each([
    ['parameters that the template refuses', { seats: 'many' }, null],
    ['a template that is not there', { seats: 1 }, newId('template')],
  ])('fail a line at once for %s', async (_what, parameters, templateId) => {
    const id = templateId ?? (await makeTemplate(keysTemplate())).id;
    const line = newLine({ template: 'custom', templateId: id, parameters });
    await deliver(line);
    expect(await told(line)).toEqual({ 'line.failed': 'invalid_fulfilment' });
  });
});

describe('the catalogue', () => {
  const toldTemplates = () =>
    (workerEnv<Env>().CATALOGUE as unknown as { toldTemplates(): Promise<NamedTemplate[]> }).toldTemplates();

  it('is told which templates there are: after each change, and by every sweep', async () => {
    const { id, document } = await makeTemplate(keysTemplate());
    const told = async () => (await toldTemplates()).find((template) => template.id === id);
    expect(await told()).toMatchObject({
      kind: 'licence',
      status: 'active',
      version: 1,
      parameters: document.parameters,
    });
    const parameters = { ...document.parameters, required: ['seats'] };
    const next = { document: { ...document, parameters }, note: 'Seats must be stated.' };
    await call('POST', `/${id}/versions`, next, { 'if-match': '"1"' });
    expect(await told()).toMatchObject({ status: 'active', version: 2, parameters });
    await call('DELETE', `/${id}`);
    expect(await told()).toMatchObject({ status: 'archived', version: 2 });
    expect((await toldTemplates()).map(({ handle }) => handle)).toContain('licence-key');
  });

  it('that cannot be told stops no change, and hears of it by the next sweep', async () => {
    const { CATALOGUE } = workerEnv<Env>();
    const keepTemplates = vi.spyOn(CATALOGUE, 'keepTemplates').mockRejectedValueOnce(new Error('away'));
    const { id } = await makeTemplate(keysTemplate());
    keepTemplates.mockRestore();
    const isTold = async () => (await toldTemplates()).some((template) => template.id === id);
    expect(await isTold()).toBe(false);
    await sweep(workerEnv<Env>());
    expect(await isTold()).toBe(true);
  });
});
