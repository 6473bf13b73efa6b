import { beforeEach } from 'vitest';
import { BROKER_PLANS, BROKER_SERVICE } from '#shared/testing/service-broker/catalogue.ts';
import { ServiceBroker } from '#shared/testing/service-broker/broker.ts';
import { self, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { type Fault, Wire } from './wire.ts';
import { operator, QUICK } from './templates.ts';
import type { World } from './world.ts';

export const BROKER_ORIGIN = 'https://broker.test/osb';
export const BROKER = 'brokers';

/** A broker behind a connection, fresh for each test; what is not for it goes to the partner. */
export interface BrokerWorld {
  broker: ServiceBroker;
  /** Of the next `PUT`, `PATCH` and `DELETE`, as the contract suite words them. */
  faults: { POST: Fault[]; PATCH: Fault[]; DELETE: Fault[] };
  wire: Wire;
}

export const send = async (method: string, path: string, body?: object): Promise<Response> =>
  self.fetch(`https://shop.test/v1/provisioning/${path}`, {
    method,
    headers: {
      ...(await operator()),
      'content-type': 'application/json',
      'idempotency-key': crypto.randomUUID(),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

export function useBroker({ hosts }: Pick<World, 'hosts'>): BrokerWorld {
  const fresh = () => ({
    broker: new ServiceBroker(),
    faults: { POST: [], PATCH: [], DELETE: [] },
    wire: new Wire(),
  });
  const world: BrokerWorld = fresh();
  beforeEach(async () => {
    Object.assign(world, fresh());
    const { broker } = world;
    hosts.set(BROKER_ORIGIN, (request) => withFaults(world, request));
    const { credentials } = broker;
    await send('PUT', `connections/${BROKER}`, { kind: 'broker', baseUrl: BROKER_ORIGIN, credentials });
    await send('POST', `connections/${BROKER}/catalogue-reads`);
    await workerEnv<Env>().PARTNER_GATE.getByName(`broker:${BROKER}`).configure({ heldBy: null });
  });
  return world;
}

function withFaults({ broker, faults, wire }: BrokerWorld, request: Request): Promise<Response> {
  const planned = { PUT: faults.POST, PATCH: faults.PATCH, DELETE: faults.DELETE }[request.method];
  return wire.carry(planned?.shift(), request, (arrived) => broker.fetch(arrived));
}

type Plan = keyof typeof BROKER_PLANS;
/** One that stands at the broker and that no line asked for. */
export const spareInstance = (plan: Plan) => ({
  serviceId: BROKER_SERVICE.id,
  planId: BROKER_PLANS[plan],
  parameters: {},
  organization: 'o',
  space: 's',
  dashboardUrl: 'https://dashboard.broker.test',
  state: 'ready' as const,
  running: null,
  ended: null,
  wanted: null,
});
const SETTLE = { attempts: 2, waitSeconds: [600, 600] };

/** Inputs of a step at the broker. */
export const brokerInputs = (plan: Plan, parameters: object = {}) => ({
  connection: { value: BROKER },
  serviceId: { value: BROKER_SERVICE.id },
  planId: { value: BROKER_PLANS[plan] },
  parameters: { value: parameters },
});
const step = { ...QUICK, settle: SETTLE, undo: QUICK, exhausted: { code: 'exhausted', text: 'Away.' } };
export const provisionStep = (plan: Plan, more: object = {}) => ({
  ...step,
  name: 'provision',
  title: 'Setting it up',
  connector: 'broker',
  operation: 'provision',
  inputs: brokerInputs(plan),
  ...more,
});
export const bindStep = (plan: Plan, more: object = {}) => ({
  ...step,
  name: 'bind',
  title: 'Getting access',
  connector: 'broker',
  operation: 'bind',
  after: ['provision'],
  inputs: { ...brokerInputs(plan), serviceInstance: { from: '/results/provision/serviceInstance' } },
  ...more,
});
