import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import { GiftCardEngine } from './engine.ts';
import type { GiftCardFace } from './face.ts';
import { GIFT_CARD_MIGRATIONS } from './migrations.ts';
import { cardPorts, type GiftCardEnv } from './of-env.ts';

type Input<Method extends keyof GiftCardFace> = Parameters<GiftCardFace[Method]>[1];

/** The platform's shell of a gift card: everything happens in its engine. */
export class GiftCard extends DurableObject<GiftCardEnv> implements GiftCardFace, CopiedFace {
  #engine: GiftCardEngine;

  constructor(ctx: DurableObjectState, env: GiftCardEnv) {
    super(ctx, env);
    this.#engine = new GiftCardEngine(hostOf(ctx, env), cardPorts(env));
  }

  async open(call: CallContext, input: Input<'open'>) {
    return this.#engine.open(call, input);
  }
  async activate(call: CallContext, input: Input<'activate'>) {
    return this.#engine.activate(call, input);
  }
  async withdraw(call: CallContext, input: Input<'withdraw'>) {
    return this.#engine.withdraw(call, input);
  }
  async shut(call: CallContext, input: Input<'shut'>) {
    return this.#engine.shut(call, input);
  }
  async look(call: CallContext) {
    return this.#engine.look(call);
  }
  async disclose(call: CallContext) {
    return this.#engine.disclose(call);
  }
  async forgetRecipient(call: CallContext) {
    return this.#engine.forgetRecipient(call);
  }
  async disable(call: CallContext, input: Input<'disable'>) {
    return this.#engine.disable(call, input);
  }
  async adjust(call: CallContext, input: Input<'adjust'>) {
    return this.#engine.adjust(call, input);
  }
  async hold(call: CallContext, input: Input<'hold'>) {
    return this.#engine.hold(call, input);
  }
  async payment(call: CallContext, input: Input<'payment'>) {
    return this.#engine.payment(call, input);
  }
  async record(call: CallContext, input: Input<'record'>) {
    return this.#engine.record(call, input);
  }
  async capture(call: CallContext, input: Input<'capture'>) {
    return this.#engine.capture(call, input);
  }
  async release(call: CallContext, input: Input<'release'>) {
    return this.#engine.release(call, input);
  }
  async refund(call: CallContext, input: Input<'refund'>) {
    return this.#engine.refund(call, input);
  }
  async takeBack(call: CallContext, input: Input<'takeBack'>) {
    return this.#engine.takeBack(call, input);
  }
  async giveBack(call: CallContext, input: Input<'giveBack'>) {
    return this.#engine.giveBack(call, input);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage);
  }
  async paste(call: CallContext, input: PasteInput) {
    const isPasted = pasteObject(call, this.ctx.storage, GIFT_CARD_MIGRATIONS, input);
    // What there is it looks for when it begins.
    this.#engine = new GiftCardEngine(hostOf(this.ctx, this.env), cardPorts(this.env));
    return isPasted;
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }
}
