import { describe, expect, it } from 'vitest';
import { self } from '#shared/testing/runtime.ts';
import { deliver, eventually, newLine, reaches, told } from '../testing/harness.ts';
import { connect, httpInputs, useHttpPartner } from '../testing/http-world.ts';
import { keysTemplate, makeTemplate, operator, QUICK } from '../testing/templates.ts';
import { useWorld } from '../testing/world.ts';

const world = useWorld();
const at = useHttpPartner(world);
const PARTNER_SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';
const SETTLE = { attempts: 1, waitSeconds: [600, 600] };

const lineOverHttp = async (call: object) => {
  const step = {
    ...QUICK,
    name: 'it',
    title: 'It',
    connector: 'http',
    operation: 'call',
    inputs: httpInputs(call),
    settle: SETTLE,
    undo: QUICK,
    exhausted: { code: 'exhausted', text: 'Away.' },
  };
  const delivery = {
    type: 'custom',
    fields: { code: { from: '/results/it/code' } },
    labels: { code: { label: 'Code', secret: true } },
  };
  const { id } = await makeTemplate(keysTemplate([step], { delivery }));
  return newLine({ template: 'custom', templateId: id, parameters: {} });
};

describe('HTTP', () => {
  it('takes the answer itself as the end, and what it brings as the result', async () => {
    const line = await lineOverHttp({ completion: 'answer' });
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect(at.http.calls).toEqual({ POST: 1, GET: 0, DELETE: 0 });
  });

  it('takes a call-back that is signed with the secret of its connection, and no other', async () => {
    at.http.onOrder = 'wait';
    const line = await lineOverHttp({ completion: 'callback' });
    await deliver(line);
    await eventually(() => expect(at.http.things.size).toBe(1));
    at.http.finish('done');
    expect((await at.http.callBack(PARTNER_SECRET)).status).toBe(400);
    // The partner's own secret opens the partner's own operations alone.
    const operationId = at.http.calledBackAt().split('/').at(-1) ?? '';
    const callbackUrl = `https://shop.test/v1/partner-callbacks/${operationId}`;
    const news = { operationId, state: 'succeeded', result: {} };
    const stolen = await self.fetch(world.partner.callBackRequest({ callbackUrl, news }));
    expect(stolen.status).toBe(404);
    expect((await at.http.callBack()).status).toBe(204);
    await reaches(line, 'ready', 'line.provisioned');
  });

  it('asks a person what the partner wants to know, and sends the order with the answer', async () => {
    at.http.asks = {
      of: 'operator',
      code: 'contract_number',
      text: 'Which contract?',
      fields: { type: 'object', required: ['number'] },
    };
    const line = await lineOverHttp({ completion: 'answer' });
    await deliver(line);
    const headers = { ...(await operator()), 'content-type': 'application/json' };
    const url = 'https://shop.test/v1/provisioning/tasks';
    let id = '';
    await eventually(async () => {
      const found = await self.fetch(`${url}?instanceId=${line.instanceId}`, { headers });
      const [task] = (await found.json<{ items: { id: string; code: string }[] }>()).items;
      expect(task?.code).toBe('contract_number');
      id = task?.id ?? '';
    });
    const decided = await self.fetch(`${url}/${id}/decisions`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': id },
      body: JSON.stringify({ decision: 'answer', result: { number: 7 } }),
    });
    expect(decided.status).toBe(200);
    await reaches(line, 'ready', 'line.provisioned');
    expect([...at.http.things.values()].map(({ body }) => body['answer'])).toEqual([{ number: 7 }]);
  });

  it('asks staff where a reply was lost and every repeat is refused: something may have been made', async () => {
    at.http.faults.POST.push('lost', 'refuse', 'refuse');
    const line = await lineOverHttp({ completion: 'answer' });
    await deliver(line);
    const headers = { ...(await operator()), 'content-type': 'application/json' };
    await eventually(async () => expect(await told(line)).toEqual({ 'line.stuck': 'partner_unsure' }));
    expect(at.http.live()).toHaveLength(1);
    const query = `instanceId=${line.instanceId}`;
    const found = await self.fetch(`https://shop.test/v1/provisioning/tasks?${query}`, { headers });
    const [task] = (await found.json<{ items: { id: string; code: string; kind: string }[] }>()).items;
    if (task === undefined) throw new Error('nobody is asked');
    expect(task).toMatchObject({ kind: 'failed_undo', code: 'partner_unsure' });
    const decided = await self.fetch(`https://shop.test/v1/provisioning/tasks/${task.id}/decisions`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': task.id },
      body: JSON.stringify({ decision: 'retry' }),
    });
    expect(decided.status).toBe(200);
    await eventually(() => expect(at.http.live()).toEqual([]));
  });

  it('asks nobody where what came before a refusal was known to make nothing', async () => {
    at.http.faults.POST.push('busy', 'refuse');
    const line = await lineOverHttp({ completion: 'answer' });
    await deliver(line);
    await reaches(line, 'failed', 'line.failed');
    expect(at.http.calls).toEqual({ POST: 2, GET: 0, DELETE: 0 });
  });

  it('fails for good what the partner calls failed', async () => {
    at.http.onOrder = 'fail';
    const line = await lineOverHttp({ completion: 'poll', poll: { path: '/operations/{operation}' } });
    await deliver(line);
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'partner_failed' });
  });

  it('leads only where one may call', async () => {
    expect((await connect('ftp://things.test')).status).toBe(422);
    expect((await connect('http://user:secret@things.test')).status).toBe(422);
  });
});
