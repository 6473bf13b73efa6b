import { DurableObject } from 'cloudflare:workers';
import { migrateObject } from '#objects/lib/migrations.ts';
import { ServiceBroker } from '#shared/testing/service-broker/broker.ts';
import { type BrokerState, emptyBroker } from '#shared/testing/service-broker/state.ts';
import type { Env } from '../env.ts';

const MIGRATIONS = [
  {
    name: 'broker',
    sql: 'CREATE TABLE broker (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL);',
  },
] as const;
const WORK_MS = 300;

export interface SentRequest {
  method: string;
  url: string;
  headers: [string, string][];
  text: string;
}

/** The service broker of this world, as the specification has one (`shared/testing/service-broker`); it forgets nothing. */
export class Broker extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateObject(ctx.storage, MIGRATIONS);
    this.#sql = ctx.storage.sql;
  }

  async answer({ method, url, headers, text }: SentRequest): Promise<{ status: number; text: string }> {
    const [row] = this.#sql.exec<{ state: string }>('SELECT state FROM broker').toArray();
    const state = row === undefined ? emptyBroker() : (JSON.parse(row.state) as BrokerState);
    const broker = new ServiceBroker(state);
    broker.workMs = WORK_MS;
    const body = text === '' ? {} : { body: text };
    const answer = broker.answer(new Request(url, { method, headers, ...body }), text);
    this.#sql.exec(
      'INSERT INTO broker VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state',
      JSON.stringify(broker.state),
    );
    return { status: answer?.status ?? 503, text: (await answer?.text()) ?? '' };
  }
}
