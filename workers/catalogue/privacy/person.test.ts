import { exports } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueJobSchema } from '#shared/contracts/http/catalogue-jobs.ts';
import { exportOptionsSchema } from '#shared/contracts/http/exports.ts';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import { newId } from '#shared/ids/ids.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import { allOf } from '#shared/testing/traces.ts';
import type { Env } from '../env.ts';
import { portsOf } from '../ports.ts';
import { startExport } from '../usecases/jobs/start-export.ts';

beforeAll(migrateDatabases);
const { DataSubjectRpc } = exports as unknown as { DataSubjectRpc: DataSubjectService };
const call = { requestId: 'request-of-the-test' };
const ports = () => portsOf(workerEnv<Env>(), 'request-of-the-test', { later: () => undefined });

describe('a person in the catalogue', () => {
  it('gets the jobs they asked for, page by page, and nobody else’s', async () => {
    const [someone, other] = [newId('user'), newId('user')];
    for (const createdBy of [...Array.from({ length: 51 }, () => someone), other]) {
      const asked = { createdBy, idempotencyKey: crypto.randomUUID() };
      await startExport(ports(), asked, exportOptionsSchema.parse({ format: 'jsonl' }));
    }
    const pages = await allOf((cursor) => DataSubjectRpc.exportPage(call, { customerId: someone, cursor }));
    expect(pages).toHaveLength(2);
    const jobs = pages.flatMap(({ items }) => items).map(({ data }) => catalogueJobSchema.parse(data));
    expect(jobs).toHaveLength(51);
    expect(new Set(jobs.map(({ createdBy }) => createdBy))).toEqual(new Set([someone]));
  });

  it('is an id there, so nothing stands against their erasure and nothing is to be erased', async () => {
    const customerId = newId('user');
    expect(await DataSubjectRpc.obstacles(call, { customerId })).toEqual({ obstacles: [] });
    expect(await DataSubjectRpc.eraseStep(call, { customerId, cursor: null })).toEqual({
      next: null,
      erased: {},
      kept: [],
    });
  });
});
