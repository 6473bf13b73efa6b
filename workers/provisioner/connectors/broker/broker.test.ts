import { describe, expect, it } from 'vitest';
import type { BrokerCatalogue, CatalogueSync } from '#shared/contracts/http/service-brokers.ts';
import type { SeenRequest } from '#shared/testing/service-broker/broker.ts';
import { newId } from '#shared/ids/ids.ts';
import { BROKER_PLANS, BROKER_SERVICE } from '#shared/testing/service-broker/catalogue.ts';
import {
  BROKER,
  bindStep,
  brokerInputs,
  provisionStep,
  send,
  spareInstance,
  useBroker,
} from '../../testing/broker-world.ts';
import {
  activation,
  deliver,
  eventually,
  newLine,
  type ProvisionMessage,
  reaches,
  told,
  undoing,
} from '../../testing/harness.ts';
import { asked, comesTo, send as sendAs } from '../../testing/lifecycle.ts';
import { revealedTo } from '../../testing/licences.ts';
import { sweepLate } from '../../testing/sweeps.ts';
import { keysTemplate, makeTemplate } from '../../testing/templates.ts';
import { useWorld } from '../../testing/world.ts';
import { changeSuite } from '../change-suite.ts';

const world = useWorld();
const at = useBroker(world);

const ONCE = { limit: 0, delaySeconds: 1, backoff: 'constant' };
const DELIVERY = {
  delivery: {
    type: 'custom',
    fields: {
      uri: { from: '/results/bind/credentials/uri' },
      dashboard: { from: '/results/provision/dashboardUrl' },
    },
    labels: { uri: { label: 'Address', secret: true }, dashboard: { label: 'Dashboard' } },
  },
};
/** Every wait a step may come to. */
const waitsOf = (step: string) =>
  [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [
    ...[step, `${step} again 2`].flatMap((name) => [`${name}: wait ${n}`, `${name}: parked ${n}`]),
    ...[1, 2].map((attempt) => `undo ${step}: remove ${attempt}, parked ${n}`),
  ]);

const lineAt = async (plan: 'quick' | 'slow', more: { provision?: object; bind?: object } = {}) => {
  const steps = [provisionStep(plan, more.provision), bindStep(plan, more.bind)];
  const { id } = await makeTemplate(keysTemplate(steps, DELIVERY));
  await world.timeOut(...['provision', 'bind'].flatMap(waitsOf));
  return newLine({ template: 'custom', templateId: id, parameters: {} });
};

describe('a service broker', () => {
  it.each(['quick', 'slow'] as const)(
    'sells the plan %s with its credentials, sealed until it is the customer’s, and takes both back in order',
    async (plan) => {
      const line = await lineAt(plan);
      await deliver(line);
      await reaches(line, 'ready', 'line.provisioned');
      await deliver(activation(line));
      const [binding] = at.broker.liveBindings();
      expect(JSON.stringify(await revealedTo(line))).toContain(binding?.credentials.uri);
      expect(at.broker.live()).toMatchObject([{ organization: line.customerId, space: line.orderId }]);
      await deliver(undoing(line));
      await reaches(line, 'undone', 'line.deprovisioned');
      expect([...at.broker.live(), ...at.broker.liveBindings()]).toEqual([]);
      expect(at.broker.complaints).toEqual([]);
    },
  );

  it('is asked when it wants to be, and no longer than it says', async () => {
    at.broker.holds = true;
    at.broker.retryAfter = 3;
    const plans = at.broker.catalogue.services[0]?.plans ?? [];
    Object.assign(plans[1] ?? {}, { maximum_polling_duration: 604 });
    await send('POST', `connections/${BROKER}/catalogue-reads`);
    const line = await lineAt('slow');
    await deliver(line);
    // 600 s by the template, then 3 s as it asked for, then the one second that is left.
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'partner_silent' });
    expect(at.broker.count('last-operation')).toBeGreaterThanOrEqual(3);
    await eventually(() => expect(at.broker.count('deprovision')).toBeGreaterThan(0));
    expect(at.broker.live()).toEqual([]);
  });

  it('is tried anew under another id when its work came to nothing, and what is left of the first try is deleted', async () => {
    at.broker.fails = 'create';
    at.broker.faultOf = ({ kind }) => {
      if (kind === 'last-operation') at.broker.fails = null;
      return undefined;
    };
    const line = await lineAt('slow');
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect(Object.keys(at.broker.state.instances)).toHaveLength(2);
    expect(at.broker.live()).toHaveLength(1);
    expect(at.broker.complaints).toEqual([]);
  });

  it('is waited for while another operation is under way, and nothing is cleaned up after that', async () => {
    at.broker.faults.bind = [{ status: 422, body: { error: 'ConcurrencyError' } }];
    const line = await lineAt('quick');
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    expect(at.broker.count('bind')).toBe(2);
    expect(at.broker.count('unbind')).toBe(0);
  });

  describe('configures in place what it provisioned', () => {
    const PARAMETERS = { parameters: { object: { name: { from: '/customisation/region' } } } };
    const configured = async (): Promise<ProvisionMessage> => {
      const inputs = { ...brokerInputs('quick'), ...PARAMETERS };
      const line = { ...(await lineAt('quick', { provision: { inputs } })), customisation: { region: 'eu' } };
      await world.timeOut(...[1, 2, 3, 4, 5].map((turn) => `forth provision: parked ${turn}`));
      await deliver(line);
      await reaches(line, 'ready', 'line.provisioned');
      await deliver(activation(line));
      await comesTo(
        await asked(line, { kind: 'configure', customisation: { region: 'us' } }),
        'done',
        line.customerId,
      );
      return line;
    };
    const parametersThere = () => at.broker.live().map(({ parameters }) => parameters);

    it('and its binding goes on', async () => {
      await configured();
      expect(parametersThere()).toEqual([{ name: 'us' }]);
      expect(at.broker.liveBindings()).toHaveLength(1);
      expect(at.broker.count('bind')).toBe(1);
      expect(at.broker.complaints).toEqual([]);
    });

    it('to another plan as well, of which the binding then is', async () => {
      const planId = { from: '/customisation/region' };
      const { inputs } = bindStep('quick');
      const steps = { provision: { ...brokerInputs('quick'), planId }, bind: { ...inputs, planId } };
      const made = await lineAt('quick', {
        provision: { inputs: steps.provision },
        bind: { inputs: steps.bind },
      });
      const line = { ...made, customisation: { region: BROKER_PLANS.quick } };
      await deliver(line);
      await reaches(line, 'ready', 'line.provisioned');
      await deliver(activation(line));
      const operation = await asked(line, {
        kind: 'configure',
        customisation: { region: BROKER_PLANS.large },
      });
      await comesTo(operation, 'done', line.customerId);
      expect(at.broker.live().map(({ planId: plan }) => plan)).toEqual([BROKER_PLANS.large]);
      await deliver(undoing(line));
      await reaches(line, 'undone', 'line.deprovisioned');
      expect([...at.broker.live(), ...at.broker.liveBindings()]).toEqual([]);
      expect(at.broker.complaints).toEqual([]);
    });

    it('and waits while another operation is under way, as long as that takes', async () => {
      at.broker.faults.update = Array.from({ length: 4 }, () => ({
        status: 422,
        body: { error: 'ConcurrencyError' },
      }));
      const line = await configured();
      expect(parametersThere()).toEqual([{ name: 'us' }]);
      expect(at.broker.count('update')).toBe(5);
      const tasks = await send('GET', `tasks?instanceId=${line.instanceId}`);
      expect(await tasks.json()).toMatchObject({ items: [] });
    });
  });

  describe('gives other credentials', () => {
    const inUse = async (plan: 'quick' | 'slow') => {
      const line = await lineAt(plan);
      await world.timeOut(...[1, 2, 3].map((n) => `forth bind: wait ${n}`));
      await deliver(line);
      await reaches(line, 'ready', 'line.provisioned');
      await deliver(activation(line));
      const [before] = at.broker.liveBindings();
      if (before === undefined) throw new Error('nothing was bound');
      return { line, before };
    };
    const uris = () => at.broker.liveBindings().map(({ credentials }) => credentials.uri);
    const shown = async (line: ProvisionMessage) => JSON.stringify(await revealedTo(line));
    const swept = async (line: ProvisionMessage, times: number) => {
      for (let left = times; left > 0; left -= 1) await sweepLate(line);
    };

    it.each(['quick', 'slow'] as const)(
      'of the plan %s beside those before, which go once the overlap is over',
      async (plan) => {
        const { line, before } = await inUse(plan);
        await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
        const [old, now] = at.broker.liveBindings();
        expect(old).toEqual(before);
        // Only a plan that says so is told which binding the new one follows.
        const follows = plan === 'quick' ? before.credentials.username : null;
        expect(now).toMatchObject({ predecessor: follows, parameters: before.parameters });
        expect(await shown(line)).toContain(now?.credentials.uri);
        await swept(line, 3);
        expect(uris()).toEqual([now?.credentials.uri]);
        await deliver(undoing(line));
        await reaches(line, 'undone', 'line.deprovisioned');
        expect([...at.broker.live(), ...at.broker.liveBindings()]).toEqual([]);
        expect(at.broker.complaints).toEqual([]);
      },
    );

    it('once, whatever is lost while they are made, and takes those before back whatever is answered', async () => {
      const { line, before } = await inUse('quick');
      at.broker.faults.bind = [{ status: null, done: true }, { status: 500 }];
      await comesTo(await asked(line, { kind: 'rotate' }), 'done', line.customerId);
      expect(uris()).toHaveLength(2);
      at.broker.faults.unbind = [
        { status: 500 },
        { status: null },
        { status: 422, body: { error: 'ConcurrencyError' } },
        { status: 400, body: { description: 'Not now.' } },
      ];
      await swept(line, 4);
      expect(uris()).toContain(before.credentials.uri);
      const notices = await (await send('GET', 'notices?kind=credentials.not_retired')).json();
      expect(notices).toMatchObject({ items: [{ subject: line.instanceId }] });
      await swept(line, 2);
      expect(uris()).toHaveLength(1);
      expect(uris()).not.toContain(before.credentials.uri);
      expect(at.broker.complaints).toEqual([]);
    });

    it('or none, and then nothing is left of them and those before go on', async () => {
      const { line, before } = await inUse('slow');
      at.broker.fails = 'create';
      const operation = await comesTo(await asked(line, { kind: 'rotate' }), 'failed', line.customerId);
      expect(operation.error).toMatchObject({ code: 'partner_failed' });
      at.broker.fails = null;
      await swept(line, 3);
      expect(Object.values(at.broker.state.bindings).map(({ state }) => state)).toEqual(['ready', 'gone']);
      expect(uris()).toEqual([before.credentials.uri]);
      expect(await shown(line)).toContain(before.credentials.uri);
    });

    it.each(['asked to', 'handed on'])('at once where it is %s', async (why) => {
      const { line, before } = await inUse('quick');
      at.broker.faults.unbind = [{ status: 500 }];
      if (why === 'asked to')
        await comesTo(await asked(line, { kind: 'rotate', overlapSeconds: 0 }), 'done', line.customerId);
      else {
        const { transferCode, ...offer } = await asked(line, { kind: 'transfer' });
        const receiver = newId('user');
        await sendAs('instance-transfers', { code: transferCode }, { as: receiver });
        await comesTo({ ...offer, transferCode }, 'done', receiver);
      }
      expect(uris()).toHaveLength(1);
      expect(uris()).not.toContain(before.credentials.uri);
    });
  });

  it('deletes what a call made that arrived after it was taken back', async () => {
    at.broker.faults.provision = [{ status: null }, { status: null }, { status: null }];
    const line = await lineAt('quick');
    await deliver(line);
    await reaches(line, 'failed', 'line.failed');
    expect(at.broker.count('deprovision')).toBe(1);
    const lost = at.broker.seen.find(({ kind }) => kind === 'provision');
    at.broker.state.instances[lost?.path.split('/').at(-1) ?? ''] = spareInstance('quick');
    await sweepLate(line);
    expect(at.broker.live()).toEqual([]);
  });

  it('deletes what the table of orphans says, and nothing else', async () => {
    /** Each row is the only thing that happens to two lines, over all tries: to provisioning of one, to binding of the other. */
    const rows = [
      { what: '5xx', fault: { status: 500 }, deletes: true },
      { what: 'a time-out', fault: { status: null }, deletes: true },
      { what: 'a time-out after it was made', fault: { status: null, done: true }, deletes: true },
      { what: '201 with malformed response', fault: { status: 201, body: '<html>' }, deletes: true },
      { what: '202 with malformed response', fault: { status: 202, body: { operation: 7 } }, deletes: true },
      { what: 'another 2xx', fault: { status: 204 }, deletes: true },
      { what: '200 with malformed response', fault: { status: 200, body: '<html>' }, deletes: false },
      { what: '408', fault: { status: 408 }, deletes: false },
      { what: 'a rejection', fault: { status: 400, body: { description: 'No.' } }, deletes: false },
    ];
    const idOf = ({ path }: SeenRequest, of: 'service_instances' | 'service_bindings') =>
      new RegExp(`/${of}/([^/]+)`).exec(path)?.[1] ?? '';
    const nameOf = (seen: SeenRequest): string => {
      const body =
        seen.kind === 'provision' ? seen.body : at.broker.state.instances[idOf(seen, 'service_instances')];
      return String((body?.['parameters'] as { name?: string } | undefined)?.name);
    };
    at.broker.faultOf = (seen) => rows.find(({ what }) => `${seen.kind} ${what}` === nameOf(seen))?.fault;
    const inputs = { ...brokerInputs('quick'), parameters: { from: '/customisation' } };
    const template = await lineAt('quick', { provision: { inputs, retry: ONCE }, bind: { retry: ONCE } });
    const cases = rows.flatMap((row) => (['provision', 'bind'] as const).map((kind) => ({ ...row, kind })));
    const lines = cases.map(({ kind, what }) => ({
      ...newLine(template.fulfilment, { customisation: { name: `${kind} ${what}` } }),
    }));
    await deliver(...lines);
    await Promise.all(lines.map((line) => reaches(line, 'failed', 'line.failed')));
    const deleted = cases.map(({ kind, what }) => {
      const asked = at.broker.seen.find((seen) => seen.kind === kind && nameOf(seen) === `${kind} ${what}`);
      const removal = kind === 'provision' ? 'deprovision' : 'unbind';
      return at.broker.seen.some(
        (seen) => seen.kind === removal && asked !== undefined && seen.path === asked.path,
      );
    });
    expect(cases.map(({ kind, what }, index) => `${kind}, ${what}: ${deleted[index]}`)).toEqual(
      cases.map(({ kind, what, deletes }) => `${kind}, ${what}: ${deletes}`),
    );
    expect([...at.broker.live(), ...at.broker.liveBindings()]).toEqual([]);
    expect(at.broker.complaints).toEqual([]);
  });

  it('is asked to delete until it has, whatever it answers', async () => {
    const line = await lineAt('slow');
    await deliver(line);
    await reaches(line, 'ready', 'line.provisioned');
    at.broker.faults.unbind = [{ status: 500 }, { status: 204, done: false }];
    at.broker.faults.deprovision = [{ status: 422, body: { error: 'ConcurrencyError' } }];
    at.broker.fails = 'delete';
    at.broker.faultOf = () => {
      if (at.broker.count('unbind') > 3) at.broker.fails = null;
      return undefined;
    };
    await deliver(undoing(line));
    await reaches(line, 'undone', 'line.deprovisioned');
    expect([...at.broker.live(), ...at.broker.liveBindings()]).toEqual([]);
    expect(at.broker.complaints).toEqual([]);
  });
});

const sized = (plan: 'quick' | 'large', sizeGb: number) => ({
  connection: BROKER,
  serviceId: BROKER_SERVICE.id,
  planId: BROKER_PLANS[plan],
  parameters: { sizeGb },
});
changeSuite({
  name: 'a service instance',
  world,
  operation: 'broker.provision',
  input: sized('quick', 1),
  update: {
    to: sized('large', 2),
    now: () => Promise.resolve(at.broker.live().map(({ planId, parameters }) => ({ planId, parameters }))),
  },
  rotate: null,
  faults: () => at.faults.PATCH,
});

describe('the catalogue of a service broker', () => {
  const read = async <Answer>(path: string) => (await send('GET', path)).json<Answer>();

  it('is kept, and what changes in it is told', async () => {
    const first = await read<BrokerCatalogue>(`connections/${BROKER}/plans`);
    expect(first.items.map(({ plan, status }) => `${plan} ${status}`)).toEqual([
      'quick offered',
      'slow offered',
      'large offered',
    ]);
    const plans = at.broker.catalogue.services[0]?.plans ?? [];
    const [, slow] = plans.splice(1, 1);
    Object.assign(plans[0] ?? {}, { description: 'Quicker' });
    const again = await (await send('POST', `connections/${BROKER}/catalogue-reads`)).json<CatalogueSync>();
    expect(again.changes.map(({ plan, what }) => `${plan} ${what}`)).toEqual([
      'quick changed',
      'slow withdrawn',
    ]);
    expect(slow).toBeUndefined();
    const same = await (await send('POST', `connections/${BROKER}/catalogue-reads`)).json<CatalogueSync>();
    expect(same).toEqual({ version: again.version, changes: [] });
    const notices = await read<{ items: { kind: string; subject: string }[] }>('notices');
    expect(notices.items.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['broker.plan_changed', 'broker.plan_withdrawn']),
    );
  });

  it('stays as it was while the broker cannot be read', async () => {
    at.broker.faults.catalogue = [{ status: 200, body: { services: [{}] } }];
    expect((await send('POST', `connections/${BROKER}/catalogue-reads`)).status).toBe(409);
    const known = await read<BrokerCatalogue>(`connections/${BROKER}/plans`);
    expect(known.error).toContain('cannot be read');
    expect(known.items.length).toBeGreaterThan(0);
  });

  it('is held against templates, and its schemas against what a customer chose', async () => {
    const unknown = keysTemplate([
      provisionStep('quick', { inputs: { ...brokerInputs('quick'), planId: { value: 'x' } } }),
    ]);
    expect(await (await send('POST', 'templates', unknown)).json()).toMatchObject({
      errors: [{ pointer: '/document/steps/0/inputs/planId' }],
    });
    const unfit = keysTemplate([provisionStep('quick', { inputs: brokerInputs('quick', { sizeGb: 0 }) })]);
    expect(await (await send('POST', 'templates', unfit)).json()).toMatchObject({
      errors: [{ pointer: '/document/steps/0/inputs/parameters' }],
    });
    const inputs = { ...brokerInputs('quick'), parameters: { from: '/customisation' } };
    const { id } = await makeTemplate(keysTemplate([provisionStep('quick', { inputs })]));
    const wanted = { template: 'custom' as const, templateId: id, parameters: {} };
    const line = newLine(wanted, { customisation: { sizeGb: 1_000 } });
    await deliver(line);
    await reaches(line, 'failed', 'line.failed');
    expect(await told(line)).toEqual({ 'line.failed': 'parameters_unfit' });
    expect(at.broker.count('provision')).toBe(0);
  });

  it('has credentials that are stated once and shown to nobody', async () => {
    const put = await send('PUT', 'connections/other', { kind: 'broker', baseUrl: 'https://broker.test' });
    expect(put.status).toBe(422);
    const list = await (await send('GET', 'connections')).text();
    expect(list).toContain('"kind":"broker"');
    expect(list).not.toContain(at.broker.credentials.password);
    expect((await send('PUT', `connections/${BROKER}`, { baseUrl: 'https://things.test' })).status).toBe(409);
  });
});
