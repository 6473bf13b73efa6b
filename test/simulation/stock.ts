import { StockEngine } from '#objects/stock/engine.ts';
import type { StockFace } from '#objects/stock/face.ts';
import type { Units } from '#objects/stock/machine.ts';
import { shardName, stockObjectOf } from '#objects/stock/name.ts';
import { silenceLog } from '#shared/observability/log.ts';
import { MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { Kernel } from './kernel/kernel.ts';
import { Network, person } from './kernel/network.ts';
import { Objects, type SimulatedNamespace } from './kernel/objects.ts';

silenceLog();
const CALL = { requestId: 'simulation' };
const SKU = 'HOT';
const STEPS_MAX = 200_000;
const hex = (prefix: string, index: number): string => `${prefix}_${index.toString(16).padStart(32, '0')}`;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const total = (json: string): number => sum(Object.values(JSON.parse(json) as Units));

/** A SKU over several objects that are killed, and calls that are lost, repeated, late or never answered. */
class Shop {
  readonly kernel: Kernel;
  readonly objects: Objects;
  readonly stocks: SimulatedNamespace<StockFace>;
  readonly units: number;
  readonly shards: number;
  readonly faults = new Set<string>();
  #orders = 0;
  #isOpen = false;

  constructor(seed: number) {
    this.kernel = new Kernel(seed);
    const shape = this.kernel.stream('shape');
    this.units = shape.int(1, 24);
    this.shards = shape.int(2, 4);
    const line = { away: 0.04, replyLost: 0.06, silent: 0.03, late: 0.03, killed: 0.05 };
    const network = new Network(this.kernel, line);
    this.objects = new Objects(this.kernel, {
      mortality: { beforeCommit: 0.04, afterCommit: 0.04 },
      plan: null,
      failed: (what) => this.faults.add(what),
    });
    this.stocks = this.objects.namespace<StockFace>(
      'stock',
      network,
      (_, host, self) =>
        new StockEngine(host, {
          events: { send: () => Promise.resolve() as never },
          stock: { getByName: (name) => this.stocks.seenBy(self).getByName(name) },
          order: { getByName: () => ({ stockAllocated: () => Promise.resolve(true) }) },
        }),
    );
  }

  async run(ms: number): Promise<void> {
    const end = await this.kernel.run(
      this.kernel.now + ms,
      () => {
        // What leaves now is under way before time goes on to the next task.
        if (this.objects.settle().length > 0) this.kernel.after(1, 'a moment', () => {});
        this.#check();
      },
      STEPS_MAX,
    );
    if (end === 'exhausted') this.faults.add('it never comes to rest');
  }

  async open(): Promise<void> {
    this.kernel.faulty = false;
    const root = this.stocks.seenBy(person('merchant')).getByName(SKU);
    void root.declare(CALL, { sku: SKU, onHand: this.units, sequence: 1 });
    await this.run(SECOND_MS * 20);
    void root.changeSettings(CALL, { sku: SKU, version: null, settings: { shards: this.shards } });
    await this.run(SECOND_MS * 20);
    this.kernel.faulty = true;
    this.#isOpen = true;
  }

  /** One buyer, who asks until there is an answer; resolves with whether the units are theirs in the end. */
  async buy(quantity: number, habit: 'buys' | 'cancels' | 'returns' | 'forgets'): Promise<boolean> {
    const index = (this.#orders += 1);
    const orderId = hex('ord', index);
    const object = stockObjectOf(SKU, this.shards, orderId);
    const stock = this.stocks.seenBy(person(`buyer ${index}`)).getByName(object);
    const input = { sku: SKU, object, orderId, lines: [{ lineId: hex('line', index), quantity }] };
    const give = () => this.#insist(() => stock.giveBack(CALL, { sku: SKU, object, orderId }));
    const expiresAt = this.kernel.now + (habit === 'forgets' ? 2 : 60) * MINUTE_MS;
    const held = await this.#insist(() => stock.hold(CALL, { ...input, expiresAt }));
    if (!held.ok || habit === 'forgets') return false;
    if (habit === 'cancels') return give().then(() => false);
    const sold = await this.#insist(() => stock.commit(CALL, input));
    if (!sold.ok || habit === 'returns') return give().then(() => false);
    return true;
  }

  #insist<Value>(act: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve) => {
      const attempt = (): void => {
        const cancel = this.kernel.after(20 * SECOND_MS, 'asks again', attempt);
        act()
          .then((value) => {
            cancel();
            return resolve(value);
          })
          .catch(() => {});
      };
      attempt();
    });
  }

  /** Of what is durable, after every task: no unit comes to be, none is lost, none is sold twice. */
  #check(): void {
    const rows = <Row>(object: string, table: string, columns: string): Row[] =>
      this.stocks.of(object).disk.rows<Row & Record<string, never>>(table, columns) ?? [];
    const names = [SKU, ...Array.from({ length: this.shards }, (_, index) => shardName(SKU, index))];
    const places = names.flatMap((name) =>
      rows<{ on_hand: number; held: number }>(name, 'locations', 'on_hand, held'),
    );
    const holds = names.flatMap((name) =>
      rows<{ state: string; taken: string }>(name, 'holds', 'state, taken'),
    );
    const inState = (state: string): number =>
      sum(holds.filter((hold) => hold.state === state).map((hold) => total(hold.taken)));
    const lent = rows<{ shard: number; granted: string; returned: string }>(
      SKU,
      'shards',
      'shard, granted, returned',
    );
    const leases = names
      .slice(1)
      .flatMap((name) => rows<{ granted: string; returned: string }>(name, 'lease', 'granted, returned'));
    const onTheWay =
      sum(lent.map(({ granted, returned }) => total(granted) - total(returned))) -
      sum(leases.map(({ granted, returned }) => total(granted) - total(returned)));
    const onHand = sum(places.map((place) => place.on_hand));
    if (!this.#isOpen) return;
    if (onHand + onTheWay + inState('committed') !== this.units)
      this.faults.add('units came to be or were lost');
    if (onTheWay < 0) this.faults.add('a movement was applied twice');
    if (inState('committed') > this.units) this.faults.add('more was sold than there was');
    if (sum(places.map((place) => place.held)) !== inState('held')) this.faults.add('a hold leaked');
  }
}

const HABITS = ['buys', 'buys', 'buys', 'cancels', 'returns', 'forgets'] as const;

/** One history of a SKU over several objects and its buyers, when everything fails; answers with the rules that it broke. */
export async function faultsOf(seed: number): Promise<string[]> {
  const shop = new Shop(seed);
  await shop.open();
  const chance = shop.kernel.stream('buyers');
  const buyers: Promise<boolean>[] = [];
  for (let index = 0; index < 20; index += 1) {
    const [quantity, habit] = [chance.int(1, 3), HABITS[chance.int(0, HABITS.length - 1)] ?? 'buys'];
    shop.kernel.after(chance.int(0, 6) * MINUTE_MS + chance.int(0, 500), 'a buyer comes', () => {
      buyers.push(shop.buy(quantity, habit));
    });
  }
  await shop.run(20 * MINUTE_MS);
  shop.kernel.faulty = false;
  await shop.run(90 * MINUTE_MS);
  // Whatever went wrong, every unit that was not sold can be bought, and not one more.
  const late: Promise<boolean>[] = [];
  for (let index = 0; index <= shop.units; index += 1) {
    late.push(shop.buy(1, 'buys'));
    await shop.run(MINUTE_MS);
  }
  await shop.run(5 * MINUTE_MS);
  const unanswered = Symbol('unanswered');
  const kept = await Promise.all(
    [...buyers, ...late].map((buyer) => Promise.race([buyer, Promise.resolve(unanswered)])),
  );
  if (kept.includes(unanswered)) shop.faults.add('a buyer was never answered');
  const sold = shop.stocks;
  const committed = [SKU, ...Array.from({ length: shop.shards }, (_, index) => shardName(SKU, index))]
    .flatMap(
      (name) => sold.of(name).disk.rows<{ state: string; taken: string }>('holds', 'state, taken') ?? [],
    )
    .filter((hold) => hold.state === 'committed');
  if (sum(committed.map((hold) => total(hold.taken))) !== shop.units) shop.faults.add('not all were sold');
  if (kept.at(-1) === true) shop.faults.add('the last of too many buyers got some');
  shop.objects.close();
  return [...shop.faults];
}
