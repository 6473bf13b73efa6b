import { concatenated } from '#shared/crypto/bytes.ts';

/**
 * A body of at most `bytesMax` bytes; null when there is more. What its length is said to be is not trusted, and no more
 * than the limit is ever held.
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array | null> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = request.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concatenated(...chunks);
    length += value.byteLength;
    if (length > bytesMax) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}
