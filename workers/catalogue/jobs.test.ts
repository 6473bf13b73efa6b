import { beforeAll, describe, expect, it } from 'vitest';
import { bulkOptionsSchema } from '#shared/contracts/http/bulk-edits.ts';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import { exportOptionsSchema } from '#shared/contracts/http/exports.ts';
import type { ImportOptions } from '#shared/contracts/http/imports.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { type Ports, portsOf } from './ports.ts';
import type { JobRow } from './queries/jobs.ts';
import {
  create,
  get,
  imported,
  importFile,
  importOptions,
  operator,
  outcomeOf,
  productInput,
  send,
  streamOf,
  unique,
} from './testing/requests.ts';
import { runJob } from './usecases/jobs/run-job.ts';
import { startBulkEdit, undoBulkEdit } from './usecases/jobs/start-bulk-edit.ts';
import { openFile, startExport } from './usecases/jobs/start-export.ts';
import { startImport } from './usecases/jobs/start-import.ts';

beforeAll(migrateDatabases);

const HEADER = 'Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Body (HTML)';
const csv = (...rows: string[]): string => [HEADER, ...rows].join('\n');
const row = (handle: string, price = '1.00', title = 'T') => `${handle},${title},,,${handle},${price},`;
const ports = (): Ports => portsOf(workerEnv<Env>(), 'jobs-test', { later: () => undefined });
const control = async (id: string, move: string) =>
  send('POST', `/v1/catalogue-jobs/${id}/${move}`, undefined, await operator());
const jobOf = async (response: Response) => catalogueJobSchema.parse(await response.json());
const statusOf = async (handle: string): Promise<unknown> => {
  const response = await get(`/v1/products/${handle}`, await operator());
  return response.ok ? (await response.json<{ status: string }>()).status : null;
};
/** The job once it no longer runs. */
async function settled(id: string) {
  for (;;) {
    const job = await jobOf(await get(`/v1/catalogue-jobs/${id}`, await operator()));
    if (job.state !== 'running') return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function begin(body: string, source: string, options: Partial<ImportOptions> = {}): Promise<JobRow> {
  const started = await startImport(ports(), {
    body: streamOf(body),
    source,
    dryRun: false,
    options: importOptions(options),
    createdBy: 'usr_jobs_test',
  });
  if (!started.ok) throw new Error(started.error.code);
  return started.value.job;
}

describe('a job that is killed', () => {
  /**
   * Ports that die at each call the first two times it is made between two steps: before it reaches anybody, then after
   * it has had its effect.
   */
  function mortal(): { ports: Ports; deaths: () => number } {
    const deaths = new Map<string, number>();
    let steps = 0;
    const dying = <Subject extends object>(subject: Subject, spared: RegExp): Subject =>
      new Proxy(subject, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function' || spared.test(String(name))) return member;
          return async (...values: unknown[]) => {
            const moment = `${String(name)} in step ${steps}`;
            const died = deaths.get(moment) ?? 0;
            deaths.set(moment, died + 1);
            if (died === 0) throw new Error('killed');
            const answer: unknown = await Reflect.apply(member, target, values);
            if (String(name).startsWith('commit')) steps += 1;
            if (died === 1) throw new Error('killed');
            return answer;
          };
        },
      });
    const alive = ports();
    return {
      deaths: () => [...deaths.values()].reduce((sum, times) => sum + Math.min(times, 2), 0),
      ports: {
        ...alive,
        jobs: dying(alive.jobs, /countFailure/),
        files: dying(alive.files, /^$/),
        // What is owed to search and caches is the outbox's own matter.
        catalogue: dying(alive.catalogue, /^(?!readForWriting|select|readMany)/),
      },
    };
  }

  /** A synchronisation with something to create, change, leave, refuse and archive, in two steps of writing. */
  async function scene() {
    const source = unique('src');
    const name = (n: number) => `${source}-${n}`;
    const before = [...Array(8).keys()].map((n) => row(name(n)));
    expect((await imported(csv(...before), { query: `?source=${source}` })).created).toBe(8);
    const after = [...Array(62).keys()]
      .slice(1)
      .map((n) => (n === 30 ? `${name(n)},,,,,free,` : row(name(n), n === 2 ? '2.00' : '1.00')));
    return begin(csv(...after), source, { mode: 'sync', archiveMaxPercent: 50 });
  }

  async function toItsEnd(job: JobRow, through: Ports): Promise<void> {
    for (let more = true; more;) {
      more = await runJob(through, job.id).catch((error: unknown) => {
        if (error instanceof Error && error.message === 'killed') return true;
        throw error;
      });
    }
  }

  async function run(job: JobRow, through: Ports = ports()) {
    await toItsEnd(job, through);
    const found = await ports().jobs.items({ jobId: job.id, result: null, after: 0, limit: 1000 });
    const end = await ports().jobs.read(job.id);
    const { created, updated, unchanged, refused, skipped, archived, state, rowCount, itemCount } =
      end ?? job;
    const { source } = job;
    const versions = await workerEnv<Env>()
      .CATALOGUE_DB.prepare(
        `SELECT substr(handle, ?2) AS name, status, version, (SELECT count(*) FROM product_versions WHERE product_id = id) AS kept
         FROM products WHERE handle GLOB ?1 ORDER BY name`,
      )
      .bind(`${source}-*`, (source ?? '').length + 1)
      .all();
    return {
      counts: { created, updated, unchanged, refused, skipped, archived, state, rowCount, itemCount },
      items: found.map(({ position, result, version }) => [position, result, version]),
      products: versions.results,
    };
  }

  it('being an import, at any moment ends as one that was not, with no row done twice and none lost', async () => {
    const whole = await run(await scene());
    expect(whole.counts).toMatchObject({
      created: 53,
      updated: 1,
      unchanged: 6,
      refused: 1,
      archived: 1,
      state: 'completed',
      rowCount: 61,
      itemCount: 61,
    });
    const killed = mortal();
    expect(await run(await scene(), killed.ports)).toEqual(whole);
    expect(killed.deaths()).toBeGreaterThan(20);
  });

  it('being an export, at any moment leaves the file of one that was not', async () => {
    const tag = unique('tag');
    const rows = [...Array(1_020).keys()].map((n) => `${tag}-${n},T,1.00,${tag}`);
    expect((await imported(['Handle,Title,Variant Price,Tags', ...rows].join('\n'))).created).toBe(1_020);
    const fileOf = async (through: Ports): Promise<string> => {
      const asked = { createdBy: 'usr_jobs_test', idempotencyKey: crypto.randomUUID() };
      const options = exportOptionsSchema.parse({ format: 'jsonl', filter: { tag } });
      const started = await startExport(ports(), asked, options);
      if (!started.ok) throw new Error(started.error.code);
      await toItsEnd(started.value.job, through);
      const file = await openFile(ports(), started.value.job.id);
      return file.ok ? new Response(file.value.body).text() : file.error.code;
    };
    const whole = await fileOf(ports());
    expect(whole.split('\n').filter((line) => line.includes(`"${tag}-`))).toHaveLength(1_020);
    const killed = mortal();
    expect(await fileOf(killed.ports)).toBe(whole);
    expect(killed.deaths()).toBeGreaterThan(8);
  });

  it('being an export, and written by another who is late, keeps the parts of whoever was first', async () => {
    const tag = unique('tag');
    const rows = [...Array(1_020).keys()].map((n) => `${tag}-${n},T,1.00,${tag}`);
    expect((await imported(['Handle,Title,Variant Price,Tags', ...rows].join('\n'))).created).toBe(1_020);
    const asked = { createdBy: 'usr_jobs_test', idempotencyKey: crypto.randomUUID() };
    const options = exportOptionsSchema.parse({ format: 'jsonl', filter: { tag } });
    const started = await startExport(ports(), asked, options);
    if (!started.ok) throw new Error(started.error.code);
    const { job } = started.value;
    const all = ports();
    const first = [...(await all.catalogue.select({ tag }, { after: '', limit: 1 }))][0] ?? '';
    // What the late one has read when one product leaves, and the parts of the other begin elsewhere.
    const late: Ports = {
      ...all,
      files: {
        ...all.files,
        putPart: async (...part) => {
          await workerEnv<Env>()
            .CATALOGUE_DB.prepare(`UPDATE products SET tags = '[]' WHERE id = ?`)
            .bind(first)
            .run();
          await toItsEnd(job, ports());
          await all.files.putPart(...part);
        },
      },
    };
    await runJob(late, job.id);
    const file = await openFile(ports(), job.id);
    const text = file.ok ? await new Response(file.value.body).text() : '';
    const handles = text
      .split('\n')
      .flatMap((line) => new RegExp(`"handle":"(${tag}-\\d+)"`).exec(line)?.[1] ?? []);
    expect(new Set(handles).size).toBe(1_019);
    expect(handles).toHaveLength(1_019);
    expect(text).not.toContain(first);
    const done = await ports().jobs.read(job.id);
    expect([done?.rowCount, done?.fileBytes]).toEqual([1_019, text.length]);
  });

  it('being a bulk edit or its undoing, at any moment changes each product once', async () => {
    const tag = unique('tag');
    const rows = [...Array(60).keys()].map((n) => `${tag}-${n},T,10.00,${tag}`);
    expect((await imported(['Handle,Title,Variant Price,Tags', ...rows].join('\n'))).created).toBe(60);
    const asked = () => ({ createdBy: 'usr_jobs_test', idempotencyKey: crypto.randomUUID() });
    const killed = mortal();
    const ended = async (started: Awaited<ReturnType<typeof startBulkEdit>>) => {
      if (!started.ok) throw new Error(started.error.code);
      await toItsEnd(started.value.job, killed.ports);
      const { results } = await workerEnv<Env>()
        .CATALOGUE_DB.prepare(
          `SELECT p.version, m.amount, count(*) AS products FROM products AS p JOIN variants AS v ON v.product_id = p.id
           JOIN prices AS m ON m.variant_id = v.id WHERE p.handle GLOB ?1 GROUP BY p.version, m.amount`,
        )
        .bind(`${tag}-*`)
        .all();
      return { id: started.value.job.id, job: await ports().jobs.read(started.value.job.id), results };
    };
    const options = bulkOptionsSchema.parse({
      filter: { tag },
      operations: [{ type: 'change_prices', by: { percent: 10 } }],
    });
    const edited = await ended(await startBulkEdit(ports(), asked(), { options, dryRun: false }));
    expect(edited.results).toEqual([{ version: 2, amount: 1_100, products: 60 }]);
    expect(edited.job).toMatchObject({ state: 'completed', updated: 60, itemCount: 60 });
    const undone = await ended(await undoBulkEdit(ports(), asked(), edited.id));
    expect(undone.results).toEqual([{ version: 3, amount: 1_000, products: 60 }]);
    expect(undone.job).toMatchObject({ state: 'completed', updated: 60, skipped: 0 });
    expect(killed.deaths()).toBeGreaterThan(15);
  });

  it('and is taken up by two at once does each product once', async () => {
    const whole = await run(await scene());
    const job = await scene();
    await Promise.all([runJob(ports(), job.id), runJob(ports(), job.id), runJob(ports(), job.id)]);
    expect(await run(job)).toEqual(whole);
  });

  it('is started again by the clock when nobody else does', async () => {
    const job = await begin(csv(row(unique())), unique('src'));
    await ports().startJob(job.id, 0);
    expect((await settled(job.id)).state).toBe('completed');
  });
});

describe('the rows of a product', () => {
  it('are one product though the file is read in pieces that end between them', async () => {
    const body = `"${'long,\n'.repeat(4_200)}"`;
    const base = unique();
    const products = [...Array(70).keys()].map((n) => [
      `${base}-${n},T,Size,S,${base}-${n}s,1.00,${body}`,
      `${base}-${n},,,M,${base}-${n}m,2.00,`,
      `${base}-${n},,,"L ""x"" ü",${base}-${n}l,3.00,`,
    ]);
    const { job, items, created, refused } = await imported(csv(...products.flat()));
    expect(job.file?.bytes).toBeGreaterThan(1_700_000);
    expect([created, refused, job.progress.rows]).toEqual([70, 0, 210]);
    expect(items.map((item) => item.row)).toEqual(products.map((_, n) => 2 + n * 3));
    const variants = await workerEnv<Env>()
      .CATALOGUE_DB.prepare('SELECT count(*) AS count FROM variants WHERE sku GLOB ?')
      .bind(`${base}-*`)
      .first();
    expect(variants).toEqual({ count: 210 });
  });

  it('may be sent packed, and no card number among them is ever kept', async () => {
    const [good, bad] = [unique(), unique()];
    const text = csv(row(good), row(bad, '1.00', 'Card 4242 4242 4242 4242'));
    const packed = new Response(text).body?.pipeThrough(new CompressionStream('gzip'));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    const { items, job } = await imported(bytes, { headers: { 'content-encoding': 'gzip' } });
    expect(items.map((item) => [item.handle, item.result, item.faults[0]?.detail])).toEqual([
      [good, 'created', undefined],
      [bad, 'refused', 'must not hold a card number'],
    ]);
    const kept = await workerEnv<Env>().JOB_FILES.get(`imports/${job.id}`);
    expect(await kept?.text()).not.toContain('4242');
  });
});

describe('what an import may do', () => {
  it('is said by its mode: create leaves what is there, update what is not', async () => {
    const [old, fresh] = [unique(), unique()];
    await create(
      productInput({ handle: old, variants: [{ sku: old, prices: [{ amount: 1, currency: 'EUR' }] }] }),
    );
    const file = csv(row(old), row(fresh));
    const dry = await imported(file, { query: '?mode=update&dryRun=true' });
    expect(dry.items.map(({ result }) => result)).toEqual(['updated', 'skipped']);
    expect(dry.items[0]?.changes).toContainEqual({
      pointer: '/variants/0/prices/0/amount',
      from: 1,
      to: 100,
    });
    expect(await statusOf(fresh)).toBeNull();
    const made = await imported(file, { query: '?mode=create' });
    expect(made.items.map(({ result, version }) => [result, version])).toEqual([
      ['skipped', null],
      ['created', 1],
    ]);
  });

  it('synchronises the products of its own source alone, and asks before it archives many', async () => {
    const [mine, theirs] = [unique('src'), unique('src')];
    const handles = [...Array(4).keys()].map((n) => `${mine}-${n}`);
    await imported(csv(...handles.map((handle) => row(handle))), { query: `?source=${mine}` });
    await imported(csv(row(`${theirs}-0`), row(handles[0] ?? '')), { query: `?source=${theirs}` });
    const sync = `?source=${mine}&mode=sync`;
    const asked = await importFile(csv(row(handles[0] ?? '')), { query: sync });
    expect(asked.status).toBe(202);
    const { id, state, detail } = await jobOf(asked);
    expect([state, detail]).toEqual([
      'awaiting_confirmation',
      'The file does not name 3 of the 4 products of its source; they would be archived.',
    ]);
    const busy = await importFile(csv(row(handles[1] ?? '')), { query: sync });
    expect([busy.status, await busy.text()]).toEqual([409, expect.stringContaining(id)]);
    const again = await importFile(csv(row(handles[0] ?? '')), { query: sync });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await jobOf(again)).id).toBe(id);
    expect((await control(id, 'resume')).status).toBe(409);
    expect((await control(id, 'confirm')).status).toBe(200);
    const outcome = await outcomeOf(await settled(id));
    expect([outcome.archived, outcome.unchanged]).toEqual([3, 1]);
    expect(outcome.items.slice(1).map((item) => [item.row, item.handle, item.result])).toEqual(
      handles.slice(1).map((handle) => [null, handle, 'archived']),
    );
    expect([await statusOf(handles[1] ?? ''), await statusOf(`${theirs}-0`)]).toEqual([
      'archived',
      'published',
    ]);
  });

  it('archives nothing after it was cancelled', async () => {
    const source = unique('src');
    await imported(csv(row(`${source}-1`), row(`${source}-2`)), { query: `?source=${source}` });
    const asked = await importFile(csv(row(`${source}-1`)), { query: `?source=${source}&mode=sync` });
    const { id } = await jobOf(asked);
    expect((await jobOf(await control(id, 'cancel'))).state).toBe('cancelled');
    expect((await control(id, 'confirm')).status).toBe(409);
    expect(await statusOf(`${source}-2`)).toBe('published');
    const listed = await get('/v1/catalogue-jobs?kind=import&limit=2', await operator());
    expect((await listed.json<{ items: unknown[] }>()).items[0]).toMatchObject({ id });
  });

  it('stops at the first refused product when told to, and goes on behind it when resumed', async () => {
    const base = unique();
    const file = csv(row(`${base}-1`), row(`${base}-2`, 'free'), row(`${base}-3`));
    const stopped = await imported(file, { query: '?onError=stop' });
    expect([stopped.job.state, stopped.created, stopped.refused]).toEqual(['stopped', 1, 1]);
    expect(await statusOf(`${base}-3`)).toBeNull();
    await control(stopped.job.id, 'resume');
    const end = await settled(stopped.job.id);
    expect([end.state, end.progress.created, end.progress.refused]).toEqual(['completed', 2, 1]);
  });

  it('stops when too many are refused', async () => {
    const base = unique();
    const rows = [...Array(160).keys()].map((n) => row(`${base}-${n}`, n % 2 === 0 ? 'free' : '1.00'));
    const stopped = await imported(csv(...rows), { query: '?refusedMaxPercent=20' });
    expect(stopped.job).toMatchObject({
      state: 'stopped',
      detail: '50 of 100 products were refused, more than 20 %.',
    });
  });

  it('is told by a file too, with nothing a spreadsheet would run', async () => {
    const handle = unique();
    const { job } = await imported(csv(row(handle), `${handle}-2,=1+1,,,,=cmd,`));
    const path = `/v1/catalogue-jobs/${job.id}/report`;
    const lines = (await (await get(path, await operator())).text()).split('\r\n');
    expect(lines[1]).toContain(`${handle},prod_`);
    expect(lines[2]).toContain('is not an amount in EUR: =cmd');
    const jsonl = await (await get(`${path}?format=jsonl`, await operator())).text();
    expect(
      jsonl
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { result: string }).result),
    ).toEqual(['created', 'refused']);
  });
});
