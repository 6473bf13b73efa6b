import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { CatalogueJob, CatalogueJobItem } from '#shared/contracts/http/catalogue-jobs.ts';
import { api, ApiError } from './api.ts';

/** Where a shop is, and in whose name it is asked. */
export interface ShopAccess {
  origin: string;
  token: string;
}

/** Sends products and waits until they are imported, however long that takes. */
export async function importProducts(
  { origin, token }: ShopAccess,
  body: string | Uint8Array,
  contentType = 'application/x-ndjson',
): Promise<CatalogueJob> {
  const headers = { prefer: 'wait=60' };
  const job = await api<CatalogueJob>(origin, 'POST /v1/imports', { token, body, contentType, headers });
  return followJob({ origin, token }, job);
}

/** Sends a file of any size as it is read, packed on the way. */
export async function uploadFile(
  { origin, token }: ShopAccess,
  file: { path: string; contentType: string },
  query: URLSearchParams,
): Promise<CatalogueJob> {
  const packed = createReadStream(file.path).pipe(createGzip({ level: 1 }));
  const response = await fetch(new URL(`/v1/imports?${query.toString()}`, origin), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': file.contentType,
      'content-encoding': 'gzip',
    },
    body: Readable.toWeb(packed) as unknown as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  const answer: unknown = await response.json();
  if (!response.ok)
    throw new ApiError('POST /v1/imports', response.status, answer as Record<string, unknown>);
  return answer as CatalogueJob;
}

const POLL_MS = 500;

/** The job once it does not run any more; `onProgress` hears of it now and then. */
export async function followJob(
  { origin, token }: ShopAccess,
  started: CatalogueJob,
  onProgress: (job: CatalogueJob) => void = () => undefined,
): Promise<CatalogueJob> {
  let job = started;
  while (job.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    job = await api<CatalogueJob>(origin, `GET /v1/catalogue-jobs/${job.id}`, { token });
    onProgress(job);
  }
  return job;
}

/** What became of each product, a page at a time; `result`: only those. */
export async function* jobItems(
  { origin, token }: ShopAccess,
  jobId: string,
  result: CatalogueJobItem['result'] | null = null,
): AsyncGenerator<CatalogueJobItem> {
  const query = new URLSearchParams({ limit: '100', ...(result === null ? {} : { result }) });
  for (;;) {
    const page = await api<{ items: CatalogueJobItem[]; next: string | null }>(
      origin,
      `GET /v1/catalogue-jobs/${jobId}/items?${query.toString()}`,
      { token },
    );
    yield* page.items;
    if (page.next === null) return;
    query.set('cursor', page.next);
  }
}
