import { z } from 'zod';
import { outsideFetch } from '#shared/observability/work.ts';
import type { LookUp } from './target.ts';

export const ATTEMPT_TIMEOUT_MS = 15_000;
const LOOK_UP_TIMEOUT_MS = 5_000;
/** Of an answer, only its beginning is read. */
const RESPONSE_BYTES_MAX = 4_096;

export interface Answer {
  status: number;
  /** Beginning of the body. */
  excerpt: string;
  retryAfter: string | null;
}
export type Post = (url: string, headers: Record<string, string>, body: string) => Promise<Answer>;

/** One attempt over HTTP. Follows no redirect; throws when no answer comes in time. */
export const post: Post = async (url, headers, body) => {
  const response = await outsideFetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(ATTEMPT_TIMEOUT_MS),
  });
  return {
    status: response.status,
    excerpt: await beginningOf(response),
    retryAfter: response.headers.get('retry-after'),
  };
};

/** Reads no more than the log keeps, however much is sent. */
async function beginningOf(response: Response): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return '';
  const parts: Uint8Array[] = [];
  let room = RESPONSE_BYTES_MAX;
  try {
    while (room > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value.subarray(0, room));
      room -= Math.min(room, value.length);
    }
  } catch {
    // The status has arrived: a body that breaks off changes nothing.
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join('');
}

const A = 1;
const AAAA = 28;
const dnsAnswerSchema = z.object({
  Answer: z.array(z.object({ type: z.int(), data: z.string() })).optional(),
});

/** Looks names up over HTTPS (https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json/). */
export function dnsOverHttps(base: string): LookUp {
  const ask = async (name: string, type: 'A' | 'AAAA'): Promise<string[]> => {
    const response = await outsideFetch(`${base}?name=${encodeURIComponent(name)}&type=${type}`, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(LOOK_UP_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`names cannot be looked up: ${response.status}`);
    // A name that does not exist, or whose own servers fail, has no records.
    const answer = dnsAnswerSchema.parse(await response.json());
    const wanted = type === 'A' ? A : AAAA;
    return (answer.Answer ?? []).filter((record) => record.type === wanted).map((record) => record.data);
  };
  return async (name) => (await Promise.all([ask(name, 'A'), ask(name, 'AAAA')])).flat();
}
