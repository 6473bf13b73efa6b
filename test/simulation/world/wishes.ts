import { positionsOf } from '#objects/order/machine/bundles.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { AfterSaleWish } from '#objects/order/after-sale.ts';
import type { OrderFace } from '#objects/order/face.ts';
import { returnableUnits } from '#objects/order/machine/after-sale/check.ts';
import { restockableOf } from '#objects/order/machine/after-sale/restock.ts';
import { leftOf } from '#objects/order/machine/after-sale/settlement.ts';
import type { Line, OrderDocument } from '#objects/order/machine/document.ts';
import { capturedOf } from '#objects/order/machine/money.ts';
import type { PricingService } from '#objects/pricing/face.ts';
import type { Order } from '#shared/contracts/http/orders.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import { exchangeReturn } from '../../../workers/purchase/usecases/exchange-return.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Stream } from '../kernel/random.ts';
import { variantIdOf } from './catalogue.ts';
import type { WishKind } from './plan.ts';

export interface WishWorld {
  kernel: Kernel;
  orders: ObjectNamespace<OrderFace>;
  pricing: PricingService;
  /** What a person can know of the order, to ask for something that makes sense. */
  documentOf(orderId: string): OrderDocument | null;
  violated(rule: string): void;
}

const CALL = { requestId: 'wish' };
const PATIENCE_MS = 25 * SECOND_MS;
const TRIES_MAX = 8;
const OPERATOR = `usr_${'0'.repeat(31)}1`;
const FINGERPRINT = 'f'.repeat(64);
type By = 'customer' | 'operator';

/** What people ask of one order once it stands. Each wish is repeated under its key until there is an answer. */
export class Wishes {
  readonly #world: WishWorld;
  readonly #name: string;
  readonly #customerId: string;
  readonly #orderId: () => string | null;
  #keys = 0;

  constructor(world: WishWorld, name: string, customerId: string, orderId: () => string | null) {
    this.#world = world;
    this.#name = name;
    this.#customerId = customerId;
    this.#orderId = orderId;
  }

  async make(kind: WishKind): Promise<void> {
    const document = this.#document();
    if (document === null) return;
    this.#world.kernel.note(() => `${this.#name} ${kind}`);
    switch (kind) {
      case 'changes it':
        return this.#change(document);
      case 'cancels lines':
        return this.#cancelLines(document);
      case 'is refunded lines':
        return this.#refundLines(document);
      case 'is refunded everything':
        await this.#ask('operator', {
          type: 'refund.requested',
          wish: { of: 'everything' },
          revoke: this.#chance.chance(0.5) ? 'all' : [],
          restock: [],
          why: 'It does not run',
        });
        return;
      case 'is refunded a part':
        await this.#ask('operator', {
          type: 'refund.requested',
          wish: { of: 'amount', amount: Math.ceil(capturedOf(document) / 3), shipping: false },
          revoke: [],
          restock: [],
          why: 'A scratch',
        });
        return;
      case 'sends back':
        return this.#sendBack(document, 'refund');
      case 'exchanges':
        return this.#sendBack(document, 'exchange');
      case 'is written about':
        await this.#ask('operator', { type: 'note.added', text: 'Look here', visible: true });
        return;
      case 'is decided about':
        await this.#decide(document);
    }
  }

  async #change(document: OrderDocument): Promise<void> {
    const chance = this.#chance;
    const lines = positionsOf(document)
      .filter(() => chance.chance(0.7))
      .map(({ id }) => ({ lineId: id, quantity: chance.int(0, 4) }));
    const input = {
      by: { kind: 'customer' as const, id: this.#customerId },
      version: null,
      change: { lines, shippingAddress: null },
      why: 'Changed my mind',
      once: { key: this.#key(), fingerprint: FINGERPRINT },
    };
    await this.#insist(() => this.#order().edit(CALL, input));
  }

  async #cancelLines(document: OrderDocument): Promise<void> {
    const open = positionsOf(document).filter(({ lines }) =>
      lines.some(({ state }) => state === 'pending' || state === 'provisioning'),
    );
    const lineIds = open.filter(() => this.#chance.chance(0.6)).map(({ id }) => id);
    if (lineIds.length > 0)
      await this.#ask('customer', { type: 'lines.cancelled', lineIds, why: 'Not these' });
  }

  /** About the use of one line, or of all that the decision can be about. */
  async #decide(document: OrderDocument): Promise<void> {
    const decision = this.#chance.pick(['suspend', 'restore', 'revoke'] as const);
    const line = this.#oneOf(document, ({ fulfilment }) => fulfilment.template !== 'parcel');
    const lineIds = line === null || this.#chance.chance(0.5) ? null : [line.id];
    await this.#ask('operator', { type: 'access.decided', decision, lineIds, why: 'Looked into' });
  }

  async #refundLines(document: OrderDocument): Promise<void> {
    const line = this.#oneOf(document, (each) => leftOf(document, each).quantity > 0);
    if (line === null) return;
    const chance = this.#chance;
    const left = leftOf(document, line).quantity;
    const quantity = chance.int(1, left);
    const { id: lineId } = line;
    const shelved = Math.min(quantity, restockableOf(document, line));
    const isParcel = line.fulfilment.template === 'parcel';
    await this.#ask('operator', {
      type: 'refund.requested',
      wish: { of: 'lines', lines: [{ lineId, quantity }], shipping: chance.chance(0.3) },
      revoke: !isParcel && quantity === left && chance.chance(0.6) ? [lineId] : [],
      restock: shelved > 0 && chance.chance(0.5) ? [{ lineId, quantity: shelved }] : [],
      why: 'A scratch',
    });
  }

  /** The customer asks, the team decides, the goods arrive, money or other goods go back. */
  async #sendBack(document: OrderDocument, wish: 'refund' | 'exchange'): Promise<void> {
    const chance = this.#chance;
    const line = this.#oneOf(
      document,
      (each) => each.fulfilment.template === 'parcel' && returnableUnits(document, each) > 0,
    );
    if (line === null) return;
    const quantity = chance.int(1, returnableUnits(document, line));
    const lines = [{ lineId: line.id, quantity, reason: 'Too big' }];
    const asked = await this.#ask('customer', { type: 'return.requested', wish, lines, why: '' });
    const returnId = asked?.returns.at(-1)?.id;
    if (returnId === undefined) return;
    await this.#sleep(chance.int(1, 120) * MINUTE_MS);
    const decision = chance.weighted([
      [1, 'return.rejected'],
      [1, 'return.withdrawn'],
      [8, 'return.approved'],
    ] as const);
    const by = decision === 'return.withdrawn' ? 'customer' : 'operator';
    await this.#ask(by, { type: decision, returnId, why: 'As agreed' });
    if (decision !== 'return.approved') return;
    await this.#sleep(chance.int(1, 40) * HOUR_MS);
    const arrives = chance.chance(0.8);
    const shelved = Math.min(quantity, this.#restockable(line.id));
    const restock = shelved > 0 && chance.chance(0.6) ? [{ lineId: line.id, quantity: shelved }] : [];
    if (arrives) await this.#ask('operator', { type: 'return.received', returnId, restock, why: '' });
    await this.#sleep(chance.int(1, 60) * MINUTE_MS);
    if (arrives && chance.chance(0.1))
      await this.#ask('operator', { type: 'return.rejected', returnId, why: 'It is worn' });
    else if (wish === 'exchange') await this.#exchange(returnId, line);
    else await this.#refundReturn(returnId);
  }

  async #refundReturn(returnId: string): Promise<void> {
    const chance = this.#chance;
    const amount = chance.chance(0.3) ? chance.int(1, 300) : null;
    const shipping = chance.chance(0.3);
    await this.#ask('operator', { type: 'return.refunded', returnId, amount, shipping, why: '' });
  }

  async #exchange(returnId: string, { sku }: Line): Promise<void> {
    const chance = this.#chance;
    const index = Number(sku.slice('sku-'.length));
    const wanted = { sku: chance.chance(0.7) ? index : chance.int(0, 2), price: chance.int(1, 600) };
    const variantId = variantIdOf({ ...wanted, index: 0 });
    const key = this.#key();
    await this.#insist(() =>
      exchangeReturn(
        {
          order: (orderId, act) => act(this.#world.orders.getByName(orderId)),
          pricing: this.#world.pricing,
        },
        CALL,
        { userId: OPERATOR, customerId: OPERATOR, seesAll: true },
        {
          orderId: this.#orderId() ?? '',
          returnId,
          key,
          body: { lines: [{ variantId, quantity: chance.int(1, 2), customisation: {} }] },
        },
      ),
    );
    await this.#sleep(chance.int(1, 30) * HOUR_MS);
    // A replacement that never came may be given up for its money.
    if (chance.chance(0.4)) await this.#refundReturn(returnId);
  }

  /** The order as it was right after the wish; null when it was refused or never answered. */
  async #ask(by: By, wish: AfterSaleWish): Promise<Order | null> {
    const id = by === 'customer' ? this.#customerId : OPERATOR;
    const input = { by: { kind: by, id }, key: this.#key(), fingerprint: FINGERPRINT, wish };
    const ask = () => this.#insist(() => this.#order().afterSale(CALL, input));
    const answer = await ask();
    if (answer?.ok !== true) return null;
    if (this.#chance.chance(0.2)) {
      const again = await ask();
      if (
        again !== null &&
        (!again.ok || JSON.stringify(again.value.order) !== JSON.stringify(answer.value.order))
      )
        this.#world.violated('one key, one answer after the sale');
    }
    return answer.value.order;
  }

  async #insist<Value>(act: () => Promise<Value>): Promise<Value | null> {
    for (let attempt = 1; attempt <= TRIES_MAX; attempt += 1) {
      const patience = this.#sleep(PATIENCE_MS).then(() => null);
      const answer = await Promise.race([act().catch(() => null), patience]);
      if (answer !== null) return answer;
      await this.#sleep(5 * SECOND_MS * attempt);
    }
    return null;
  }

  #oneOf(document: OrderDocument, fits: (line: Line) => boolean): Line | null {
    const [first, ...others] = document.lines.filter((line) => line.state === 'delivered' && fits(line));
    return first === undefined ? null : this.#chance.pick([first, ...others]);
  }
  #restockable(lineId: string): number {
    const document = this.#document();
    const line = document?.lines.find(({ id }) => id === lineId);
    return document === null || line === undefined ? 0 : restockableOf(document, line);
  }
  #document(): OrderDocument | null {
    const orderId = this.#orderId();
    return orderId === null ? null : this.#world.documentOf(orderId);
  }
  #order(): OrderFace {
    return this.#world.orders.getByName(this.#orderId() ?? '');
  }
  #key(): string {
    return `${this.#name} wish ${(this.#keys += 1)}`;
  }
  get #chance(): Stream {
    return this.#world.kernel.stream(`${this.#name} wishes`);
  }
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#world.kernel.after(ms, `${this.#name} wish`, resolve);
    });
  }
}
