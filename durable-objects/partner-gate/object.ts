import { DurableObject } from 'cloudflare:workers';
import type { z } from 'zod';
import { migrateObject } from '#objects/lib/migrations.ts';
import { log } from '#shared/observability/log.ts';
import { systemClock } from '#shared/time/time.ts';
import { configureInputSchema, enterInputSchema, leaveInputSchema, type PartnerGateFace } from './face.ts';
import {
  enter,
  type Entry,
  type GateState,
  type GateView,
  held,
  leave,
  NEW_GATE,
  viewOf,
} from './machine.ts';
import { PARTNER_GATE_MIGRATIONS } from './migrations.ts';

/** Keeps all isolates together from calling a partner too much, or at all while it is down. */
export class PartnerGate extends DurableObject implements PartnerGateFace {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, PARTNER_GATE_MIGRATIONS);
  }

  enter(input: z.infer<typeof enterInputSchema>): Promise<Entry> {
    const { call } = enterInputSchema.parse(input);
    const { state, entry } = enter(this.#state(), call, systemClock.now());
    this.#keep(state);
    return Promise.resolve(entry);
  }

  leave(input: z.infer<typeof leaveInputSchema>): Promise<void> {
    const { call, isFault } = leaveInputSchema.parse(input);
    const before = this.#state();
    const after = leave(before, call, isFault, systemClock.now());
    if ((before.open === null) !== (after.open === null)) {
      const opened = after.open !== null;
      log.warn('partner gate', { system: 'provisioner', partner: this.ctx.id.name, opened });
    }
    this.#keep(after);
    return Promise.resolve();
  }

  configure(input: z.infer<typeof configureInputSchema>): Promise<GateView> {
    const { limits, heldBy } = configureInputSchema.parse(input);
    const state = this.#state();
    const limited = limits === undefined ? state : { ...state, limits };
    this.#keep(heldBy === undefined ? limited : held(limited, heldBy));
    return this.view();
  }

  view(): Promise<GateView> {
    return Promise.resolve(viewOf(this.#state(), systemClock.now()));
  }

  #state(): GateState {
    const [row] = this.ctx.storage.sql.exec<{ document: string }>('SELECT document FROM gate').toArray();
    return row === undefined ? NEW_GATE : (JSON.parse(row.document) as GateState);
  }

  #keep(state: GateState): void {
    this.ctx.storage.sql.exec(
      'INSERT INTO gate VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET document = excluded.document',
      JSON.stringify(state),
    );
  }
}
