import { storeDatabases, type StoreDatabases } from '#shared/db/store-databases.ts';
import { systemClock } from '#shared/time/time.ts';
import type { Ports } from '../../workers/provisioner/ports.ts';
import { Directory } from '../../workers/provisioner/store/directory.ts';
import { stores } from '../../workers/provisioner/store/stores.ts';
import { checkEntitlement } from '../../workers/provisioner/usecases/entitlements/check.ts';
import { Kept } from '../../workers/provisioner/usecases/entitlements/kept.ts';

const PASSES = 5;

/** Some that are there, to be looked up one after the other. */
interface Sample {
  customerId: string;
  instanceId: string;
  fingerprint: string;
}
interface Cost {
  /** Milliseconds an operation, the mean of the quickest of several passes: the clock counts whole milliseconds. */
  ms: number;
  /** Trips to databases, statements and rows read, an operation. */
  trips: number;
  statements: number;
  rowsRead: number;
}

/** What a check of a licence needs, as in the worker itself: one for all requests of the isolate. */
let kept: { samples: Sample[]; next: number; ports: Ports } | null = null;

function keep(samples: Sample[], env: object): void {
  const ports = {
    stores: stores(storeDatabases(env), new Directory()),
    clock: systemClock,
    remembered: { licences: new Kept(), devices: new Kept() },
  };
  kept = { samples, next: 0, ports: ports as unknown as Ports };
}

/** Checks the next licence, as an application that holds its key asks. */
async function check(url: URL): Promise<Response> {
  if (kept === null) return new Response('nothing is there', { status: 409 });
  const { samples, ports } = kept;
  const { fingerprint, customerId } = samples[(kept.next += 1) % samples.length] as Sample;
  const verdict = await checkEntitlement(
    ports,
    { by: 'key', fingerprint, near: customerId },
    { features: [] },
    { isStrong: url.searchParams.get('consistency') === 'strong', requestId: 'bench' },
  );
  return Response.json(verdict, { status: verdict.valid ? 200 : 500 });
}

/** Asks the store what customers and applications ask it, beside the databases, and counts. */
export default {
  async fetch(request: Request, env: object): Promise<Response> {
    if (request.method === 'GET') return check(new URL(request.url));
    const samples = await request.json<Sample[]>();
    keep(samples, env);
    const counts = { trips: 0, statements: 0, rowsRead: 0 };
    const store = stores(counted(storeDatabases(env), counts), new Directory());
    const kinds: Record<string, (sample: Sample) => Promise<unknown>> = {
      'what a customer owns, a page': ({ customerId }) =>
        store.ofCustomer(customerId).documents.list({ customerId, limit: 20 }),
      'one instance of a customer': ({ customerId, instanceId }) =>
        store.ofCustomer(customerId).instances.getWithDownload(instanceId),
      'an instance by its id': ({ instanceId }) => store.ofInstance(instanceId).instances.get(instanceId),
      'entitlement by licence key, from the truth': ({ fingerprint, customerId }) =>
        store.ofLicence({ fingerprint, near: customerId }).entitlements.ofKey(fingerprint),
      'a page over all databases': ({ instanceId }) =>
        store.gather(
          (each) => each.documents.list({ after: { id: instanceId, at: null }, limit: 20 }),
          ({ customerId }) => customerId,
        ),
    };
    const found: Record<string, Cost> = {};
    for (const [kind, ask] of Object.entries(kinds)) {
      await ask(samples[0] as Sample);
      Object.assign(counts, { trips: 0, statements: 0, rowsRead: 0 });
      const passes: number[] = [];
      while (passes.length < PASSES) {
        const started = performance.now();
        for (const sample of samples) {
          if ((await ask(sample)) === null) throw new Error(`${kind}: ${sample.instanceId} is not there`);
        }
        passes.push(performance.now() - started);
      }
      const each = (count: number): number => Math.round((count / samples.length / PASSES) * 10) / 10;
      found[kind] = {
        ms: Math.min(...passes) / samples.length,
        trips: each(counts.trips),
        statements: each(counts.statements),
        rowsRead: each(counts.rowsRead),
      };
    }
    return Response.json(found);
  },
};

/** Databases whose batches are counted; the store asks by batches alone. */
function counted(databases: StoreDatabases, counts: Omit<Cost, 'ms'>): StoreDatabases {
  const wrap = (database: D1Database): D1Database =>
    ({
      prepare: (sql: string) => database.prepare(sql),
      async batch(statements: D1PreparedStatement[]) {
        const results = await database.batch(statements);
        counts.trips += 1;
        counts.statements += results.length;
        counts.rowsRead += results.reduce((sum, { meta }) => sum + meta.rows_read, 0);
        return results;
      },
    }) as unknown as D1Database;
  return new Map([...databases].map(([name, database]) => [name, wrap(database)]));
}
