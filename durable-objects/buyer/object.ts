import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import { meterWork } from '#shared/observability/work.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import { callObject, type ObjectNamespace } from '../lib/namespace.ts';
import { buyersDirectoryOf, type OrderDirectoryFace } from '../order-directory/face.ts';
import { BuyerEngine } from './engine.ts';
import type { AllowanceInput, BuyerFace, ClaimInput, KeepCartInput, ReturnAllowanceInput } from './face.ts';
import { BUYER_MIGRATIONS } from './migrations.ts';

export interface BuyerEnv {
  ORDER_DIRECTORY: ObjectNamespace<OrderDirectoryFace>;
}
const BINDINGS: Partial<Record<keyof BuyerEnv, BindingKind>> = { ORDER_DIRECTORY: 'object' };
const IS_WRITTEN_DOWN = 'written-down';

/** The platform's shell of a customer's claims: everything happens in its engine. */
export class Buyer extends DurableObject<BuyerEnv> implements BuyerFace, CopiedFace {
  readonly #engine: BuyerEngine;

  constructor(ctx: DurableObjectState, env: BuyerEnv) {
    super(ctx, env);
    this.#engine = new BuyerEngine(hostOf(ctx));
  }

  async claim(call: CallContext, input: ClaimInput) {
    await this.#writeDown(call);
    return this.#engine.claim(call, input);
  }
  async claimed(call: CallContext, input: ClaimInput) {
    return this.#engine.claimed(call, input);
  }
  async currentCart(call: CallContext) {
    return this.#engine.currentCart(call);
  }
  async keepCart(call: CallContext, input: KeepCartInput) {
    await this.#writeDown(call);
    return this.#engine.keepCart(call, input);
  }
  async claimAllowance(call: CallContext, input: AllowanceInput) {
    await this.#writeDown(call);
    return this.#engine.claimAllowance(call, input);
  }
  async returnAllowance(call: CallContext, input: ReturnAllowanceInput) {
    await this.#writeDown(call);
    return this.#engine.returnAllowance(call, input);
  }
  async personal(call: CallContext) {
    return this.#engine.personal(call);
  }
  async erase(call: CallContext) {
    return this.#engine.erase(call);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage);
  }
  async paste(call: CallContext, input: PasteInput) {
    return pasteObject(call, this.ctx.storage, BUYER_MIGRATIONS, input);
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }

  /** Before it keeps anything, once: what a backup cannot find is not in it. */
  async #writeDown(call: CallContext): Promise<void> {
    const { kv } = this.ctx.storage;
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error('a buyer has a name');
    if (kv.get(IS_WRITTEN_DOWN) === true) return;
    await callObject(meterWork(this.env, BINDINGS).ORDER_DIRECTORY, buyersDirectoryOf(name), (directory) =>
      directory.register(call, { id: name }),
    );
    kv.put(IS_WRITTEN_DOWN, true);
  }
}
