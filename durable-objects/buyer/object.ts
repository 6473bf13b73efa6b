import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import { hostOf } from '../lib/host.ts';
import { BuyerEngine } from './engine.ts';
import type { AllowanceInput, BuyerFace, ClaimInput, KeepCartInput, ReturnAllowanceInput } from './face.ts';

/** The platform's shell of a customer's claims: everything happens in its engine. */
export class Buyer extends DurableObject<object> implements BuyerFace {
  readonly #engine: BuyerEngine;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#engine = new BuyerEngine(hostOf(ctx));
  }

  async claim(call: CallContext, input: ClaimInput) {
    return this.#engine.claim(call, input);
  }
  async currentCart(call: CallContext) {
    return this.#engine.currentCart(call);
  }
  async keepCart(call: CallContext, input: KeepCartInput) {
    return this.#engine.keepCart(call, input);
  }
  async claimAllowance(call: CallContext, input: AllowanceInput) {
    return this.#engine.claimAllowance(call, input);
  }
  async returnAllowance(call: CallContext, input: ReturnAllowanceInput) {
    return this.#engine.returnAllowance(call, input);
  }
  override async alarm() {
    await this.#engine.alarm();
  }
}
