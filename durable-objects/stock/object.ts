import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { StockEventMessage } from '#shared/contracts/messages.ts';
import { meterWork } from '#shared/observability/work.ts';
import { hostOf } from '../lib/host.ts';
import { StockEngine } from './engine.ts';
import type { DeclareInput, HoldInput, SetOnHandInput, StockFace, TakeInput } from './face.ts';

export interface StockEnv {
  STOCK_EVENTS: Queue<StockEventMessage>;
}

/** The platform's shell of a SKU's stock: everything happens in its engine. */
export class Stock extends DurableObject<StockEnv> implements StockFace {
  readonly #engine: StockEngine;

  constructor(ctx: DurableObjectState, env: StockEnv) {
    super(ctx, env);
    const { STOCK_EVENTS } = meterWork(env, { STOCK_EVENTS: 'queue' });
    this.#engine = new StockEngine(hostOf(ctx), { events: STOCK_EVENTS });
  }

  async declare(call: CallContext, input: DeclareInput) {
    return this.#engine.declare(call, input);
  }
  async setOnHand(call: CallContext, input: SetOnHandInput) {
    return this.#engine.setOnHand(call, input);
  }
  async hold(call: CallContext, input: HoldInput) {
    return this.#engine.hold(call, input);
  }
  async commit(call: CallContext, input: TakeInput) {
    return this.#engine.commit(call, input);
  }
  async giveBack(call: CallContext, input: { sku: string; orderId: string }) {
    return this.#engine.giveBack(call, input);
  }
  async level(call: CallContext) {
    return this.#engine.level(call);
  }
  override async alarm() {
    await this.#engine.alarm();
  }
}
