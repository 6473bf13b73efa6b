import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { StockEventMessage } from '#shared/contracts/messages.ts';
import { meterWork } from '#shared/observability/work.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { StockPorts } from './core.ts';
import { StockEngine } from './engine.ts';
import type {
  CallInInput,
  ChangeSettingsInput,
  DeclareInput,
  ExchangeInput,
  GiveBackInput,
  HoldInput,
  MovementsInput,
  RestockInput,
  SetOnHandInput,
  StockFace,
  TakeInput,
  TakenLine,
  TransferInput,
} from './face.ts';
import { STOCK_MIGRATIONS } from './migrations.ts';
import { restored } from './restored.ts';

export interface StockEnv {
  STOCK_EVENTS: Queue<StockEventMessage>;
  STOCK: ObjectNamespace<StockFace>;
  ORDER: StockPorts['order'];
}

/** The platform's shell of a SKU's stock: everything happens in its engine. */
export class Stock extends DurableObject<StockEnv> implements StockFace, CopiedFace {
  readonly #engine: StockEngine;

  constructor(ctx: DurableObjectState, env: StockEnv) {
    super(ctx, env);
    const { STOCK_EVENTS, STOCK, ORDER } = meterWork(env, {
      STOCK_EVENTS: 'queue',
      STOCK: 'object',
      ORDER: 'object',
    });
    this.#engine = new StockEngine(hostOf(ctx, env), { events: STOCK_EVENTS, stock: STOCK, order: ORDER });
  }

  async declare(call: CallContext, input: DeclareInput) {
    return this.#engine.declare(call, input);
  }
  async setOnHand(call: CallContext, input: SetOnHandInput) {
    return this.#engine.setOnHand(call, input);
  }
  async restock(call: CallContext, input: RestockInput) {
    return this.#engine.restock(call, input);
  }
  async transfer(call: CallContext, input: TransferInput) {
    return this.#engine.transfer(call, input);
  }
  async changeSettings(call: CallContext, input: ChangeSettingsInput) {
    return this.#engine.changeSettings(call, input);
  }
  async hold(call: CallContext, input: HoldInput) {
    return this.#engine.hold(call, input);
  }
  async commit(call: CallContext, input: TakeInput) {
    return this.#engine.commit(call, input);
  }
  async giveBack(call: CallContext, input: GiveBackInput) {
    return this.#engine.giveBack(call, input);
  }
  async takenAt(call: CallContext, line: TakenLine) {
    return this.#engine.takenAt(call, line);
  }
  async level(call: CallContext) {
    return this.#engine.level(call);
  }
  async movements(call: CallContext, input: MovementsInput) {
    return this.#engine.movements(call, input);
  }
  async exchange(call: CallContext, input: ExchangeInput) {
    return this.#engine.exchange(call, input);
  }
  async callIn(call: CallContext, input: CallInInput) {
    return this.#engine.callIn(call, input);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage);
  }
  async paste(call: CallContext, input: PasteInput) {
    return pasteObject(call, this.ctx.storage, STOCK_MIGRATIONS, { ...input, copy: restored(input.copy) });
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }
}
