import { describe, expect, it } from 'vitest';
import type { OutsidePorts } from '#objects/order/core.ts';
import type { OrderFace } from '#objects/order/face.ts';
import { GUARDS } from '#objects/order/machine/guards.ts';
import { INTENTS } from '#objects/order/machine/intents.ts';
import type { PromotionFace } from '#objects/promotion/face.ts';
import type { StockFace } from '#objects/stock/face.ts';
import { ok } from '#shared/domain/result.ts';
import { play } from './history.ts';
import { shrink } from './shrink.ts';
import { type Plan, PLAIN_ORDER } from './world/plan.ts';

const SEEDS_MAX = 400;
/** One hour after the histories begin. */
const HOUR_OF_2026 = Date.UTC(2026, 0, 1, 1);
let asked = 0;

type Tamper = (ports: OutsidePorts) => Partial<OutsidePorts>;
interface Bug {
  name: string;
  /** A rule that catches it, by its beginning; several seeds may break others first. */
  caughtBy: RegExp;
  tamper: Tamper;
  /** Where it soon shows; otherwise as the seeds have it. */
  plan?: Plan;
}

const stockWith =
  (change: (stock: StockFace) => Partial<StockFace>): Tamper =>
  ({ stock }) => ({
    stock: {
      getByName: (name) => {
        const real = stock.getByName(name);
        return new Proxy(real, {
          get: (target, method: keyof StockFace) => change(target)[method] ?? target[method],
        });
      },
    },
  });

const ordersWith =
  (change: (order: OrderFace, getByName: (name: string) => OrderFace) => Partial<OrderFace>): Tamper =>
  ({ orders }) => ({
    orders: {
      getByName: (name) => {
        const changed = change(orders.getByName(name), (other) => orders.getByName(other));
        return new Proxy(orders.getByName(name), {
          get: (target, method: keyof OrderFace) => changed[method] ?? target[method],
        });
      },
    },
  });

/** Several want the one use of a promotion at once. */
const RUSH: Plan = {
  promotionCap: null,
  automaticCap: 1,
  shoppers: [],
  selling: [],
  parcels: [],
  stock: [null],
  orders: [0, 1, 2].map((index) => ({
    ...PLAIN_ORDER,
    name: `order:${index}`,
    lines: [{ sku: 0, price: 500, quantity: 1 }],
  })),
};

const BUGS: Bug[] = [
  {
    name: 'a payment opened anew at each try, because its key is not the same',
    caughtBy: /one payment an attempt/,
    tamper: ({ payments }) => ({
      payments: {
        ...payments,
        createPayment: (call, input) =>
          payments.createPayment(call, {
            ...input,
            idempotencyKey: `${input.idempotencyKey}:${(asked += 1)}`,
          }),
      },
    }),
  },
  {
    name: 'a hold that is never given back',
    caughtBy: /no unit is left over/,
    tamper: stockWith(() => ({ giveBack: () => Promise.resolve() })),
  },
  {
    name: 'stock sold without asking',
    caughtBy: /no unit is left over|sold/,
    tamper: stockWith(() => ({
      hold: () => Promise.resolve(ok({ backordered: 0, expectedAt: null, waiting: [] })),
      commit: () => Promise.resolve(ok({ backordered: 0, expectedAt: null, waiting: [] })),
    })),
  },
  {
    name: 'a use of a promotion that is never given back',
    caughtBy: /a use for each order/,
    tamper: ({ promotions }) => ({
      promotions: {
        getByName: (name) =>
          new Proxy(promotions.getByName(name), {
            get: (target, method: keyof PromotionFace) =>
              method === 'giveBack' ? () => Promise.resolve() : target[method],
          }),
      },
    }),
  },
  {
    name: 'a discount whose last use others took, and that is given all the same',
    caughtBy: /passed over|counts for its use/,
    plan: RUSH,
    tamper: ({ pricing }) => ({
      pricing: { ...pricing, price: (call, request) => pricing.price(call, { ...request, passedOver: [] }) },
    }),
  },
  {
    name: 'an authorisation that is said to be voided and is not',
    caughtBy: /the provider/,
    tamper: ({ payments }) => ({
      payments: {
        ...payments,
        cancelPayment: async (call, { paymentId }) => {
          const now = await payments.getPayment(call, { paymentId });
          return now.ok ? ok({ ...now.value, state: 'cancelled', capturable: 0 }) : now;
        },
      },
    }),
  },
  {
    name: 'a capture of a unit too little',
    caughtBy: /captured|total|operator|was not lost/,
    tamper: ({ payments }) => ({
      payments: {
        ...payments,
        capturePayment: (call, input) =>
          payments.capturePayment(call, { ...input, amount: input.amount - 1 }),
      },
    }),
  },
  {
    name: 'a second provisioning when the first is not heard of',
    caughtBy: /one provisioning a line/,
    tamper: ({ provisioning }) => ({
      provisioning: {
        ...provisioning,
        sendBatch: (messages) =>
          provisioning.sendBatch(
            [...messages].map(({ body }) => ({
              body: body.type === 'line.provision' ? { ...body, workflowId: `w${(asked += 1)}` } : body,
            })),
          ),
      },
    }),
  },
  {
    name: 'what was made and is not taken back',
    caughtBy: /live|it has ended/,
    tamper: ({ provisioning }) => ({
      provisioning: {
        ...provisioning,
        sendBatch: (messages) =>
          provisioning.sendBatch([...messages].filter(({ body }) => body.type !== 'line.deprovision')),
      },
    }),
  },
  {
    name: 'a mail under a new name at each try',
    caughtBy: /each mail once|told of/,
    tamper: ({ mailer }) => ({
      mailer: {
        send: async (mail) => {
          await mailer.send(mail);
          return mailer.send({ ...mail, idempotencyKey: `${mail.idempotencyKey}:again` });
        },
      },
    }),
  },
  {
    name: 'units put on the shelf again under a new name, twice',
    caughtBy: /on the shelf again once|no unit is left over/,
    tamper: stockWith((stock) => ({
      restock: async (call, input) => {
        await stock.restock(call, input);
        return stock.restock(call, { ...input, key: `${input.key}:again` });
      },
    })),
  },
  {
    name: 'money given back under a new reference, twice',
    caughtBy: /the provider agrees|value delivered|operator/,
    tamper: ({ payments }) => ({
      payments: {
        ...payments,
        refundPayment: async (call, input) => {
          const made = await payments.refundPayment(call, { ...input, amount: Math.floor(input.amount / 2) });
          if (!made.ok) return made;
          return payments.refundPayment(call, {
            ...input,
            amount: Math.floor(input.amount / 2),
            reference: `${input.reference}:again`,
            idempotencyKey: `${input.idempotencyKey}:again`,
          });
        },
      },
    }),
  },
  {
    name: 'a replacement sent twice',
    caughtBy: /no replacement is kept that nothing paid for/,
    tamper: ordersWith((order, getByName) => ({
      place: async (call, input) => {
        const orderId = `ord_f${input.orderId.slice('ord_'.length + 1)}`;
        await getByName(orderId).place(call, { ...input, orderId });
        return order.place(call, input);
      },
    })),
  },
  {
    name: 'a replacement that is not kept, and nobody says so',
    caughtBy: /what paid for a replacement paid for one that stands/,
    tamper: ordersWith(() => ({ exchangeEnded: () => Promise.resolve(true) })),
  },
  {
    name: 'a change of an instance that is asked for as something new',
    caughtBy: /an instance is changed once by each order that stands/,
    tamper: ({ provisioning }) => ({
      provisioning: {
        ...provisioning,
        sendBatch: (messages) =>
          provisioning.sendBatch(
            [...messages].map((message) => {
              const body = structuredClone(message.body);
              if (body.type === 'line.provision') delete body.changes;
              return { ...message, body };
            }),
          ),
      },
    }),
  },
  {
    name: 'what a bank has taken the money for is not put out of reach',
    caughtBy: /out of reach exactly while/,
    tamper: ({ provisioning }) => ({
      provisioning: {
        ...provisioning,
        sendBatch: (messages) =>
          provisioning.sendBatch([...messages].filter(({ body }) => body.type !== 'line.suspend')),
      },
    }),
  },
  {
    name: 'a dispute nobody hears of',
    caughtBy: /out of reach exactly while|given back|operator/,
    tamper: ({ payments }) => ({
      payments: {
        ...payments,
        getPayment: async (call, input) => {
          const seen = await payments.getPayment(call, input);
          return seen.ok ? ok({ ...seen.value, disputes: [] }) : seen;
        },
      },
    }),
  },
  {
    name: 'stock that is held for an hour whatever is asked for',
    caughtBy: /is looked at does not expire/,
    tamper: stockWith((stock) => ({
      hold: (call, input) =>
        stock.hold(call, { ...input, expiresAt: Math.min(input.expiresAt, HOUR_OF_2026) }),
    })),
  },
  {
    name: 'a list that is not told',
    caughtBy: /lists show it as it is/,
    tamper: ({ database }) => ({
      database: {
        prepare: (query: string) => database.prepare(query),
        batch: () => Promise.resolve([]),
      } as unknown as D1Database,
    }),
  },
];

/** The first violations that come up. */
async function firstViolations(tamper: Tamper, plan?: Plan): Promise<string[]> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    const { violations } = await play(seed, {
      sabotage: { ports: (ports) => ({ ...ports, ...tamper(ports) }) },
      ...(plan === undefined ? {} : { plan }),
    });
    if (violations.length > 0) return violations;
  }
  return [];
}

describe('the simulator finds what was planted', () => {
  it.each(BUGS)('$name', async ({ tamper, caughtBy, plan }) => {
    const violations = await firstViolations(tamper, plan);
    expect(violations.join('\n')).toMatch(caughtBy);
  });

  it('in the machine: stock given back twice as fast, before the money', async () => {
    const guards = GUARDS as Record<string, unknown>;
    const { moneySettled, moneyOutstanding } = GUARDS;
    try {
      Object.assign(guards, { moneySettled: () => true, moneyOutstanding: () => false });
      expect(await firstViolations(() => ({}))).not.toEqual([]);
    } finally {
      Object.assign(guards, { moneySettled, moneyOutstanding });
    }
  });

  it('in the machine: a void nobody asks for', async () => {
    const intents = INTENTS as Record<string, unknown>;
    const { voidPayments } = INTENTS;
    try {
      intents['voidPayments'] = () => [];
      expect(await firstViolations(() => ({}))).not.toEqual([]);
    } finally {
      intents['voidPayments'] = voidPayments;
    }
  });
});

describe('a failing seed', () => {
  const leak: Tamper = stockWith(() => ({ giveBack: () => Promise.resolve() }));
  const options = { sabotage: { ports: (ports: OutsidePorts) => ({ ...ports, ...leak(ports) }) } };

  async function failing(): Promise<number> {
    for (let seed = 1; ; seed += 1) {
      const { violations, orders } = await play(seed, options);
      if (violations.length > 0 && orders > 1) return seed;
    }
  }

  it('is the same history each time, to the last step', async () => {
    const seed = await failing();
    const [one, other] = [
      await play(seed, { ...options, trace: true }),
      await play(seed, { ...options, trace: true }),
    ];
    expect(one.trace.length).toBeGreaterThan(10);
    expect(other).toEqual(one);
  });

  it('shrinks to one order and what it takes to break the rule', async () => {
    const seed = await failing();
    const whole = await play(seed, { ...options, trace: true });
    const small = await shrink(seed, options);
    expect(small.violations).not.toEqual([]);
    expect(small.orders).toBe(1);
    expect(small.struck.length).toBeLessThan(whole.struck.length);
    expect(small.trace.length).toBeLessThan(whole.trace.length);
  });
});
