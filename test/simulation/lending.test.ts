import { afterEach, describe, expect, it } from 'vitest';
import { StockEngine } from '#objects/stock/engine.ts';
import type { ShardReport, StockFace } from '#objects/stock/face.ts';
import { shardName } from '#objects/stock/name.ts';
import { StockBusy } from '#objects/stock/root.ts';
import type { Host } from '#objects/lib/host.ts';
import { silenceLog } from '#shared/observability/log.ts';
import { ObjectDisk } from './kernel/storage.ts';

silenceLog();
const CALL = { requestId: 'example' };
const SKU = 'HOT';
const START = 1_767_225_600_000;

const disks: ObjectDisk[] = [];
afterEach(() => {
  for (const disk of disks.splice(0)) disk.close();
});

/** The root of a SKU and its shards, with nothing between them: what one does reaches the other at once. */
function shop() {
  const world = { now: START, work: [] as Promise<unknown>[] };
  const engines = new Map<string, StockEngine>();
  const down = new Set<string>();
  /** Answers in the place of an object. */
  const played = new Map<string, Partial<StockFace>>();
  function open(name: string): StockFace {
    if (down.has(name)) throw new Error(`${name} is down`);
    const fake = played.get(name);
    if (fake !== undefined) return fake as StockFace;
    const known = engines.get(name);
    if (known !== undefined) return known;
    const disk = new ObjectDisk('stock');
    disks.push(disk);
    const host: Host = {
      storage: disk.facade(() => true),
      clock: { now: () => world.now },
      newId: (kind) => `${kind}_1`,
      random: () => 0.5,
      after: () => () => {},
      waitUntil: (work) => void world.work.push(work),
    };
    const engine = new StockEngine(host, {
      events: { send: () => Promise.resolve() as never },
      stock: { getByName: open },
      order: { getByName: () => ({ stockAllocated: () => Promise.resolve(true) }) },
    });
    engines.set(name, engine);
    return engine;
  }
  const root = open(SKU);
  let orders = 0;
  return {
    world,
    root,
    down,
    played,
    shard: (index: number): StockFace => open(shardName(SKU, index)),
    async settings(settings: Parameters<StockFace['changeSettings']>[1]['settings']) {
      return root.changeSettings(CALL, { sku: SKU, version: null, settings });
    },
    /** Holds units; null: at the root. Waits for what goes on behind the answer. */
    async hold(index: number | null, quantity = 1, orderId = newOrder()) {
      const object = index === null ? SKU : shardName(SKU, index);
      const lines = [{ lineId: orderId.replace('ord', 'line'), quantity }];
      const input = { sku: SKU, ...(index === null ? {} : { object }), orderId, lines };
      const answer = await open(object).hold(CALL, { ...input, expiresAt: START + 60_000 });
      await this.rest();
      return answer;
    },
    async rest() {
      while (world.work.length > 0) await Promise.all(world.work.splice(0));
    },
    /** Units on hand and held of a shard, as it has them. */
    async at(index: number) {
      const level = await open(shardName(SKU, index)).level(CALL);
      return [level?.onHand, level?.held];
    },
    /** What lies at the root itself. */
    async own() {
      const level = await root.level(CALL);
      const lent = level?.shards.reduce((sum, shard) => sum + shard.onHand, 0) ?? 0;
      return (level?.onHand ?? 0) - lent;
    },
  };
  function newOrder(): string {
    orders += 1;
    return `ord_${orders.toString(16).padStart(32, '0')}`;
  }
}

async function sharded(onHand: number, shards: number) {
  const at = shop();
  await at.root.declare(CALL, { sku: SKU, onHand, sequence: 1 });
  await at.settings({ shards });
  return at;
}

const report = (more: Partial<ShardReport> = {}): ShardReport => ({
  sequence: 1,
  term: 0,
  granted: {},
  returned: {},
  places: [],
  at: START,
  ...more,
});
const exchange = (at: Awaited<ReturnType<typeof sharded>>, shard: number, said: ShardReport, wants = true) =>
  at.root.exchange(CALL, { sku: SKU, shard, report: said, wants });

describe('what the root of a SKU lends to its shards', () => {
  it('is half of what is free, shared out, to each that asks', async () => {
    const at = await sharded(100, 2);
    expect(await exchange(at, 0, report())).toEqual({
      term: 1,
      keeps: true,
      granted: { main: 25 },
      returned: {},
      places: [{ code: 'main', priority: 0 }],
    });
    expect(await at.own()).toBe(75);
    expect(await exchange(at, 1, report())).toMatchObject({ term: 1, keeps: true, granted: { main: 18 } });
    expect(await exchange(at, 1, report({ sequence: 2, term: 1, granted: { main: 18 } }))).toMatchObject({
      term: 1,
      granted: { main: 18 + 14 },
    });
    expect(await at.own()).toBe(75 - 18 - 14);
    expect(await at.root.movements(CALL, { before: null, limit: 1 })).toMatchObject([
      { by: 'shard 1', reason: null, orderId: null },
    ]);
  });

  it('is nothing for one that does not ask, is none any more, or where too few are left', async () => {
    const at = await sharded(100, 2);
    expect(await exchange(at, 0, report(), false)).toMatchObject({ term: 0, keeps: false, granted: {} });
    expect(await exchange(at, 2, report())).toMatchObject({ keeps: false, granted: {} });
    await at.settings({ shards: 1 });
    expect(await exchange(at, 0, report({ sequence: 2 }))).toMatchObject({ keeps: false, granted: {} });
    const few = await sharded(3, 2);
    expect(await exchange(few, 0, report())).toMatchObject({ term: 0, keeps: false, granted: {} });
    expect(await few.own()).toBe(3);
  });

  it('is nothing while orders wait for units, which get them first', async () => {
    const at = await sharded(1, 2);
    await at.settings({ backorder: { limit: 3, expectedAt: null } });
    await at.hold(null, 1);
    expect(await at.hold(null, 3)).toMatchObject({ ok: true, value: { backordered: 3 } });
    expect(await at.hold(null, 1)).toMatchObject({ ok: false, error: { available: 0 } });
    expect(await exchange(at, 0, report())).toMatchObject({ keeps: false, granted: {} });
  });

  it('stays lent while the shard may keep it, and comes back once, however often it is told', async () => {
    const at = await sharded(100, 2);
    await exchange(at, 0, report());
    const back = report({ sequence: 2, term: 1, granted: { main: 25 }, returned: { main: 10 } });
    expect(await exchange(at, 0, back, false)).toMatchObject({ term: 1, keeps: true });
    expect(await at.own()).toBe(85);
    await exchange(at, 0, back, false);
    expect(await at.own()).toBe(85);
    // An older report overtaken on the way says less, and takes nothing away.
    await exchange(at, 0, report({ sequence: 1 }), false);
    expect(await at.own()).toBe(85);
    await exchange(at, 0, { ...back, sequence: 3, returned: { main: 12 } }, false);
    expect(await at.own()).toBe(87);
  });

  it('counts in the level as the newest report has it, and what was lent since', async () => {
    const at = await sharded(100, 2);
    await exchange(at, 0, report());
    expect(await at.root.level(CALL)).toMatchObject({ onHand: 100, held: 0, available: 100 });
    const places = [{ code: 'main', onHand: 24, held: 4 }];
    const said = report({ sequence: 5, term: 1, granted: { main: 25 }, places });
    const before = (await at.root.level(CALL))?.sequence ?? 0;
    await exchange(at, 0, said, false);
    const level = await at.root.level(CALL);
    expect(level).toMatchObject({
      onHand: 99,
      held: 4,
      available: 95,
      shards: [{ index: 0, onHand: 24, held: 4, reportedAt: new Date(START).toISOString() }],
      sequence: before + 1,
    });
    await exchange(at, 0, said, false);
    await exchange(at, 0, { ...said, sequence: 6 }, false);
    await exchange(at, 0, { ...said, sequence: 4, places: [] }, false);
    expect(await at.root.level(CALL)).toEqual(level);
  });
});

describe('a shard', () => {
  it('sells what it was lent, and asks for more when a quarter of it is left', async () => {
    const at = await sharded(100, 2);
    await at.hold(0);
    // The first order was decided by the root, which lent a portion of the 99 left.
    expect(await at.at(0)).toEqual([24, 0]);
    for (let sold = 0; sold < 18; sold += 1) expect(await at.hold(0)).toMatchObject({ ok: true });
    expect(await at.at(0)).toEqual([24, 18]);
    await at.hold(0);
    // Five of 24 are left: 75 at the root, of which 18 come.
    expect(await at.at(0)).toEqual([24 + 18, 19]);
    expect(await at.own()).toBe(100 - 24 - 18);
  });

  it('gives up what is free when it is called in, and no more', async () => {
    const at = await sharded(40, 2);
    await at.hold(0);
    expect(await at.at(0)).toEqual([9, 0]);
    await at.hold(0, 2);
    const places = [{ code: 'main', priority: 0 }];
    const terms = { term: 2, keeps: false, granted: { main: 9 }, places };
    const callIn = (more: object = {}, missing: { code: string; quantity: number } | null = null) =>
      at.shard(0).callIn(CALL, { sku: SKU, shard: 0, terms: { ...terms, ...more }, missing });
    const first = await callIn();
    expect(first).toMatchObject({
      term: 2,
      granted: { main: 9 },
      returned: { main: 7 },
      places: [{ code: 'main', onHand: 2, held: 2 }],
      at: START,
    });
    // Said again, or told older terms: nothing is given up twice, and it may still not keep anything.
    expect(await callIn()).toMatchObject({ sequence: first.sequence + 1, returned: { main: 7 } });
    expect(await callIn({ term: 1, keeps: true })).toMatchObject({ term: 2, returned: { main: 7 } });
    // A count says that a held one is not there either.
    expect(await callIn({}, { code: 'main', quantity: 1 })).toMatchObject({
      returned: { main: 8 },
      places: [{ code: 'main', onHand: 1, held: 2 }],
    });
  });

  it('takes in a portion once, whoever tells it of it first, and learns of places', async () => {
    const at = await sharded(100, 2);
    const shard = at.shard(0);
    const terms = { term: 1, keeps: true, granted: { main: 25 } };
    const places = [
      { code: 'main', priority: 1 },
      { code: 'north', priority: 0 },
    ];
    const input = { sku: SKU, shard: 0, terms: { ...terms, places }, missing: null };
    expect(await shard.callIn(CALL, input)).toMatchObject({
      sequence: 1,
      term: 1,
      granted: { main: 25 },
      returned: {},
      places: [
        { code: 'north', onHand: 0, held: 0 },
        { code: 'main', onHand: 25, held: 0 },
      ],
    });
    await shard.callIn(CALL, { ...input, terms: { ...terms, places: places.toReversed() } });
    expect(await at.at(0)).toEqual([25, 0]);
    await shard.callIn(CALL, { ...input, terms: { ...terms, places, granted: { main: 26 } } });
    expect(await at.at(0)).toEqual([26, 0]);
    const turned = places.map(({ code, priority }) => ({ code, priority: 1 - priority }));
    expect(await shard.callIn(CALL, { ...input, terms: { ...terms, places: turned } })).toMatchObject({
      places: [{ code: 'main' }, { code: 'north' }],
    });
  });

  it('that may not keep units hands on what an order gives back before it says so', async () => {
    const at = await sharded(40, 2);
    await at.hold(0);
    const orderId = `ord_${'f'.repeat(32)}`;
    await at.hold(0, 2, orderId);
    await at.settings({ shards: 1 });
    await at.root.hold(CALL, {
      sku: SKU,
      orderId: `ord_${'e'.repeat(32)}`,
      lines: [{ lineId: `line_${'e'.repeat(32)}`, quantity: 37 }],
      expiresAt: START + 60_000,
    });
    expect(await at.at(0)).toEqual([2, 2]);
    await at.shard(0).giveBack(CALL, { sku: SKU, object: shardName(SKU, 0), orderId });
    expect(await at.at(0)).toEqual([0, 0]);
    expect(await at.hold(null, 2)).toMatchObject({ ok: true });
    expect(await at.hold(null, 1)).toMatchObject({ ok: false, error: { available: 0 } });
  });

  it('works on when nobody answers its wish for more', async () => {
    const at = await sharded(100, 2);
    await at.hold(0);
    at.down.add(SKU);
    for (let sold = 0; sold < 24; sold += 1) expect(await at.hold(0)).toMatchObject({ ok: true });
    await expect(at.hold(0)).rejects.toThrow('HOT is down');
    at.down.clear();
    expect(await at.hold(0)).toMatchObject({ ok: true });
    expect((await at.at(0))[0]).toBeGreaterThan(24);
  });
});

describe('the last units', () => {
  it('are called in from every shard before an order is refused', async () => {
    const at = await sharded(40, 2);
    await at.hold(0);
    await at.hold(1);
    expect([await at.at(0), await at.at(1)]).toEqual([
      [9, 0],
      [7, 0],
    ]);
    expect(await at.hold(null, 38)).toMatchObject({ ok: true });
    expect([await at.at(0), await at.at(1)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(await at.hold(1)).toMatchObject({ ok: false, error: { available: 0 } });
  });

  it('are not refused while a shard does not answer, and each answer that came counts', async () => {
    const at = await sharded(40, 2);
    await at.hold(0);
    await at.hold(1);
    at.down.add(shardName(SKU, 1));
    await expect(at.hold(null, 38)).rejects.toThrow('is down');
    expect(await at.at(0)).toEqual([0, 0]);
    expect(await at.own()).toBe(40 - 7);
    // While units are gathered nothing is lent anew.
    expect(await exchange(at, 0, report({ sequence: 9, term: 2 }))).toBeDefined();
    at.down.clear();
    expect(await at.hold(null, 38)).toMatchObject({ ok: true });
  });

  it('are asked for eight times of a shard that never does as it was told, and then not any more', async () => {
    const at = await sharded(100, 2);
    await exchange(at, 0, report());
    let asked = 0;
    at.played.set(shardName(SKU, 0), {
      callIn: () => {
        asked += 1;
        return Promise.resolve(report({ sequence: asked + 1, term: 0 }));
      },
    });
    const refused = at.hold(null, 80);
    await expect(refused).rejects.toThrow(StockBusy);
    await expect(refused).rejects.toThrow('the shards of HOT could not be settled');
    expect(asked).toBe(8);
  });

  it('are gathered once for all orders that want them at the same time, and lent to nobody meanwhile', async () => {
    const at = await sharded(100, 2);
    await exchange(at, 0, report());
    let asked = 0;
    const answer = Promise.withResolvers<ShardReport>();
    at.played.set(shardName(SKU, 0), {
      callIn: (_, { terms }) => {
        asked += 1;
        expect(terms).toMatchObject({ term: 2, keeps: false });
        return answer.promise;
      },
    });
    const both = [at.hold(null, 80), at.hold(null, 15)];
    await Promise.resolve();
    expect(await exchange(at, 1, report())).toMatchObject({ keeps: false, granted: {} });
    answer.resolve(report({ sequence: 2, term: 2, granted: { main: 25 }, returned: { main: 25 } }));
    expect(await Promise.all(both)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(asked).toBe(1);
  });

  it('that a count says are not there are taken from the shards, one after the other, held or not', async () => {
    const at = await sharded(40, 3);
    for (const index of [0, 1, 2]) await at.hold(index);
    await at.hold(0, 5);
    await at.hold(1, 3);
    // Held at the root: 3, at the shards: 8, which are more than the count.
    expect(await at.root.setOnHand(CALL, { sku: SKU, onHand: 4 })).toMatchObject({ ok: true });
    expect([await at.at(0), await at.at(1), await at.at(2)]).toEqual([
      [1, 5],
      [3, 3],
      [0, 0],
    ]);
    expect(await at.own()).toBe(0);
    expect(await at.root.level(CALL)).toMatchObject({ onHand: 4, held: 11, available: 0 });
  });
});
