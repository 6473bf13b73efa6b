import { describe, expect, it, vi } from 'vitest';
import { downloadLinkSchema } from '#shared/contracts/http/instances.ts';
import { newIdBeside } from '#shared/ids/shard.ts';
import { MINUTE_MS } from '#shared/time/time.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import { downloadTokens } from './adapters/download-tokens.ts';
import type { Env } from './env.ts';
import {
  activation,
  deliver,
  FULFILMENTS,
  newLine,
  reaches,
  undoing,
  type ProvisionMessage,
} from './testing/harness.ts';
import { asked, comesTo, send } from './testing/lifecycle.ts';
import { keysStep, keysTemplate, makeTemplate, operator } from './testing/templates.ts';
import { useWorld } from './testing/world.ts';

useWorld();
const TEXT = 'a guide to gardening';

async function owned(downloadsMax = 2): Promise<ProvisionMessage> {
  const line = newLine({ ...FULFILMENTS.download, downloadsMax });
  await deliver(line);
  await reaches(line, 'ready', 'line.provisioned');
  await deliver(activation(line));
  return line;
}

const ask = async (line: ProvisionMessage, headers: Record<string, string> = {}) =>
  self.fetch(`https://shop.test/v1/instances/${line.instanceId}/download-link`, {
    method: 'POST',
    headers: { ...(await signedIn(line.customerId, 'customer')), ...headers },
  });

async function link(line: ProvisionMessage): Promise<string> {
  const response = await ask(line);
  expect(response.status).toBe(201);
  return downloadLinkSchema.parse(await response.json()).url;
}

describe('a download link', () => {
  it('gives the file to whoever holds it, under its own name', async () => {
    const response = await self.fetch(await link(await owned()));

    expect(response.status).toBe(200);
    expect(await response.text()).toBe(TEXT);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pdf',
      'content-length': String(TEXT.length),
      'content-disposition':
        'attachment; filename="G_rtnern f_r alle.pdf"; filename*=UTF-8\'\'G%C3%A4rtnern%20f%C3%BCr%20alle.pdf',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
    });
  });

  it('is never given out more often than bought, however many ask at once', async () => {
    const line = await owned(3);

    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(line)));

    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 3 }, () => 201),
      ...Array.from({ length: 9 }, () => 409),
    ]);
  });

  it('is the same for the same Idempotency-Key and costs one download', async () => {
    const line = await owned(1);

    const first = await ask(line, { 'idempotency-key': 'one' });
    const again = await ask(line, { 'idempotency-key': 'one' });

    expect(await again.json()).toEqual(await first.json());
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await ask(line, { 'idempotency-key': 'two' })).status).toBe(409);
  });

  it('is a new one, and costs a download, when its key is used again after it has expired', async () => {
    const line = await owned(2);
    const headers = { 'idempotency-key': 'slow' };
    const first = await ask(line, headers);
    await workerEnv<Env>()
      .STORE_DB.prepare('UPDATE download_links SET expires_at = 1 WHERE instance_id = ?')
      .bind(line.instanceId)
      .run();

    const again = await ask(line, headers);

    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect(await again.json()).not.toEqual(await first.json());
    expect((await ask(line, { 'idempotency-key': 'other' })).status).toBe(409);
    await workerEnv<Env>()
      .STORE_DB.prepare('UPDATE download_links SET expires_at = 1 WHERE instance_id = ?')
      .bind(line.instanceId)
      .run();
    expect((await ask(line, headers)).status).toBe(409);
  });

  it('is refused to everyone but the owner, who alone learns that it exists', async () => {
    const line = await owned();
    const path = `https://shop.test/v1/instances/${line.instanceId}/download-link`;

    const stranger = await signedIn(newLine(FULFILMENTS.download).customerId, 'customer');
    expect((await self.fetch(path, { method: 'POST', headers: stranger })).status).toBe(404);
    const staff = await signedIn(newLine(FULFILMENTS.download).customerId, 'operator');
    expect((await self.fetch(path, { method: 'POST', headers: staff })).status).toBe(403);
    expect((await self.fetch(path, { method: 'POST' })).status).toBe(401);
  });

  it('is refused before the product is active, and for what is no file', async () => {
    const ready = newLine(FULFILMENTS.download);
    const licence = newLine(FULFILMENTS.licence);
    await deliver(ready, licence);
    await reaches(ready, 'ready');
    await reaches(licence, 'ready');

    expect((await ask(ready)).status).toBe(409);
    expect((await ask(licence)).status).toBe(409);
  });

  it('dies when the product is taken back', async () => {
    const line = await owned();
    const url = await link(line);
    await deliver(undoing(line));
    await reaches(line, 'undone');

    expect((await self.fetch(url)).status).toBe(404);
    expect((await ask(line)).status).toBe(409);
  });

  it('dies with the term, before the sweeper comes, and when it was handed on', async () => {
    const { STORE_DB } = workerEnv<Env>();
    const [ended, handedOn] = [await owned(), await owned()];
    const urls = [await link(ended), await link(handedOn)];
    await STORE_DB.prepare('UPDATE instances SET ends_at = 2, expire_at = 2 WHERE id = ?')
      .bind(ended.instanceId)
      .run();
    const offer = await asked(handedOn, { kind: 'transfer' });
    const receiver = newIdBeside('user', handedOn.customerId);
    await send('instance-transfers', { code: offer.transferCode }, { as: receiver });
    await comesTo(offer, 'done', receiver);

    expect((await ask(ended)).status).toBe(409);
    const answers = await Promise.all(urls.map((url) => self.fetch(url)));
    expect(answers.map(({ status }) => status)).toEqual([409, 404]);
    await link({ ...handedOn, customerId: receiver });
  });

  it('expires after a quarter of an hour', async () => {
    const line = await owned();
    const url = await link(line);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15 * MINUTE_MS });
    try {
      const response = await self.fetch(url);
      expect(response.status).toBe(410);
    } finally {
      vi.useRealTimers();
    }
  });

  it('cannot be made up, altered or re-signed', async () => {
    const line = await owned();
    const url = await link(line);
    const claims = { instanceId: line.instanceId, linkId: 'made-up', expiresAt: Date.now() + MINUTE_MS };
    const forged = await downloadTokens('another key').sign(claims);
    const [payload = '', signature = ''] = url.split('/').at(-1)?.split('.') ?? [];

    const tokens = [
      forged,
      'nonsense',
      `${payload}.`,
      `${payload}.${signature.slice(0, -2)}`,
      `${payload}A.${signature}`,
      `${payload}.${signature}.${signature}`,
      `${payload}.%FF`,
    ];
    const answers = await Promise.all(
      tokens.map((token) => self.fetch(`https://shop.test/v1/downloads/${token}`)),
    );

    expect(answers.map(({ status }) => status)).toEqual(tokens.map(() => 404));
  });
});

describe('part of a file', () => {
  it.each([
    ['bytes=0-0', 206, 'a', 'bytes 0-0/20'],
    ['bytes=2-6', 206, 'guide', 'bytes 2-6/20'],
    ['bytes=11-', 206, 'gardening', 'bytes 11-19/20'],
    ['bytes=-9', 206, 'gardening', 'bytes 11-19/20'],
    ['bytes=-500', 206, TEXT, 'bytes 0-19/20'],
    ['bytes=0-999999999999999', 206, TEXT, 'bytes 0-19/20'],
    ['bytes=-999999999999999', 206, TEXT, 'bytes 0-19/20'],
    ['bytes=15-500', 206, 'ening', 'bytes 15-19/20'],
    ['bytes=0-1,4-5', 200, TEXT, null],
    ['bytes=6-2', 200, TEXT, null],
    ['lines=1-2', 200, TEXT, null],
  ])('asked for as %s is answered %d', async (range, status, text, contentRange) => {
    const url = await link(await owned());

    const response = await self.fetch(url, { headers: { range } });

    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      status,
      text,
      contentRange,
    ]);
    expect(response.headers.get('content-length')).toBe(String(text.length));
  });

  it.each(['bytes=20-', 'bytes=500-600', 'bytes=-0'])('outside of it is refused: %s', async (range) => {
    const response = await self.fetch(await link(await owned()), { headers: { range } });

    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe('bytes */20');
  });

  it('is given only of the file it was begun with', async () => {
    const url = await link(await owned());
    const etag = (await self.fetch(url)).headers.get('etag') ?? '';

    const same = await self.fetch(url, { headers: { range: 'bytes=2-6', 'if-range': etag } });
    const other = await self.fetch(url, { headers: { range: 'bytes=2-6', 'if-range': '"other"' } });

    expect([same.status, other.status]).toEqual([206, 200]);
    await Promise.all([same.text(), other.text()]);
    // What took its place is shorter than what was read of it already.
    const beyond = { range: 'bytes=90000-', 'if-range': '"other"' };
    const shorter = await self.fetch(url, { headers: beyond });
    expect([shorter.status, await shorter.text()]).toEqual([200, 'a guide to gardening']);
    const asItWas = await self.fetch(url, { headers: { ...beyond, 'if-range': etag } });
    expect(asItWas.status).toBe(416);
  });
});

describe('a file put by an operator', () => {
  const put = async (key: string, init: { body?: BodyInit; headers?: Record<string, string> }) =>
    self.fetch(`https://shop.test/v1/files/${key}`, {
      method: 'PUT',
      ...init,
      headers: { ...(await signedIn(newLine(FULFILMENTS.download).customerId, 'operator')), ...init.headers },
    });

  it('is stored under its key with its type', async () => {
    const response = await put('books%2Fsecond.epub', {
      body: 'second book',
      headers: { 'content-type': 'application/epub+zip' },
    });

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ key: 'books/second.epub', bytes: 11 });
    const stored = await workerEnv<Env>().DOWNLOADS.get('books/second.epub');
    expect(await stored?.text()).toBe('second book');
    expect(stored?.httpMetadata?.contentType).toBe('application/epub+zip');
  });

  it.each(['%E0%A4%A', '%00', '..%2Fsecrets', 'a%2F..%2Fb', '%2Fa', 'a%2F%2Fb', 'a%20b', 'a%3Fb'])(
    'is refused under %s',
    async (key) => {
      const response = await put(key, { body: 'x', headers: { 'content-type': 'text/plain' } });

      expect([400, 404, 422]).toContain(response.status);
    },
  );

  it('needs a type, a length and a body', async () => {
    const noType = await put('a.txt', { body: new TextEncoder().encode('x') });
    const noBody = await put('a.txt', { headers: { 'content-type': 'text/plain' } });

    expect([noType.status, noBody.status]).toEqual([415, 400]);
  });

  it('is refused when it says to be larger than 100 MB', async () => {
    const { readable, writable } = new FixedLengthStream(100_000_001);
    const aborted = writable.abort('not sent').catch(() => undefined);

    const response = await put('huge.bin', { body: readable, headers: { 'content-type': 'text/plain' } });

    expect(response.status).toBe(413);
    await aborted;
  });

  it('is refused to customers', async () => {
    const headers = await signedIn(newLine(FULFILMENTS.download).customerId, 'customer');

    const response = await self.fetch('https://shop.test/v1/files/a.txt', {
      method: 'PUT',
      body: 'x',
      headers,
    });

    expect(response.status).toBe(403);
  });
});

describe('a file that is replaced', () => {
  it('reaches who bought the newest; who bought his own keeps it, and resumes it', async () => {
    const objectKey = `books/${crypto.randomUUID()}.txt`;
    const put = async (body: string): Promise<void> => {
      const stored = await self.fetch(`https://shop.test/v1/files/${encodeURIComponent(objectKey)}`, {
        method: 'PUT',
        headers: {
          ...(await operator()),
          'content-type': 'text/plain',
          'content-length': String(body.length),
        },
        body,
      });
      expect(stored.status).toBe(200);
    };
    const buy = async (versions: 'newest' | 'own'): Promise<ProvisionMessage> => {
      const inputs = Object.entries({ objectKey, fileName: 'a.txt', downloadsMax: 9, versions });
      const step = keysStep('entitle', {
        connector: 'download',
        operation: 'entitle',
        inputs: Object.fromEntries(inputs.map(([name, value]) => [name, { value }])),
      });
      const delivery = { type: 'download', fields: { fileName: { value: 'a.txt' } }, labels: {} };
      const { id } = await makeTemplate(keysTemplate([step], { kind: 'download', delivery }));
      const bought = newLine({ ...FULFILMENTS.download, objectKey, templateId: id });
      await deliver(bought);
      await reaches(bought, 'ready', 'line.provisioned');
      await deliver(activation(bought));
      return bought;
    };
    await put('first edition');
    const [newest, own] = [await buy('newest'), await buy('own')];
    const url = await link(own);
    const begun = await self.fetch(url, { headers: { range: 'bytes=0-4' } });
    expect(await begun.text()).toBe('first');
    await put('second edition');
    const etag = begun.headers.get('etag') ?? '';
    const rest = await self.fetch(url, { headers: { range: 'bytes=5-', 'if-range': etag } });
    expect([rest.status, await rest.text()]).toEqual([206, ' edition']);
    expect(await (await self.fetch(await link(newest))).text()).toBe('second edition');
    expect(await (await self.fetch(await link(await buy('own')))).text()).toBe('second edition');
    const kept = encodeURIComponent(`.versions/${objectKey}/x`);
    const forbidden = await self.fetch(`https://shop.test/v1/files/${kept}`, {
      method: 'PUT',
      headers: { ...(await operator()), 'content-type': 'text/plain', 'content-length': '1' },
      body: 'x',
    });
    expect(forbidden.status).toBe(422);
  });
});
