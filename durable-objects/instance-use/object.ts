import { DurableObject } from 'cloudflare:workers';
import type { CallContext } from '#shared/contracts/call.ts';
import { type CopiedFace, copyObject, type PasteInput, pasteObject } from '../lib/copies.ts';
import { hostOf } from '../lib/host.ts';
import { ringUnlessRestoring } from '../lib/resting.ts';
import { InstanceUseEngine } from './engine.ts';
import type {
  BeatInput,
  CountInput,
  ForgetInput,
  GiveUpInput,
  InstanceUseFace,
  LookInput,
  TakeInput,
} from './face.ts';
import { COPY_BOUNDS, INSTANCE_USE_MIGRATIONS } from './migrations.ts';

/** The platform's shell of an instance's use: everything happens in its engine. */
export class InstanceUse extends DurableObject<object> implements InstanceUseFace, CopiedFace {
  #engine: InstanceUseEngine;

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    this.#engine = new InstanceUseEngine(hostOf(ctx));
  }

  async activate(call: CallContext, input: TakeInput) {
    return this.#engine.activate(call, input);
  }
  async deactivate(call: CallContext, input: GiveUpInput) {
    return this.#engine.deactivate(call, input);
  }
  async lease(call: CallContext, input: TakeInput) {
    return this.#engine.lease(call, input);
  }
  async beat(call: CallContext, input: BeatInput) {
    return this.#engine.beat(call, input);
  }
  async release(call: CallContext, input: GiveUpInput) {
    return this.#engine.release(call, input);
  }
  async count(call: CallContext, input: CountInput) {
    return this.#engine.count(call, input);
  }
  async look(call: CallContext, input: LookInput) {
    return this.#engine.look(call, input);
  }
  async all(call: CallContext) {
    return this.#engine.all(call);
  }
  async forget(call: CallContext, input: ForgetInput) {
    return this.#engine.forget(call, input);
  }
  async erase(call: CallContext) {
    return this.#engine.erase(call);
  }
  async copy(call: CallContext) {
    return copyObject(call, this.ctx.storage, COPY_BOUNDS);
  }
  async paste(call: CallContext, input: PasteInput) {
    const isPasted = pasteObject(call, this.ctx.storage, INSTANCE_USE_MIGRATIONS, input, COPY_BOUNDS);
    // What there is it looks for when it begins.
    this.#engine = new InstanceUseEngine(hostOf(this.ctx));
    return isPasted;
  }
  override async alarm() {
    await ringUnlessRestoring(this.env, this.ctx.storage, () => this.#engine.alarm());
  }
}
