import { concatenated } from '#shared/crypto/bytes.ts';
import type { KeyRing } from '#shared/crypto/key-ring.ts';

const PURPOSE = 'backup';
const MAGIC = 'TPB1';
const KEY_ID_CHARACTERS = 8;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/**
 * A value as it lies in a backup: `TPB1`, the id of the key, then AES-256-GCM (nonce, ciphertext, tag) of the gzipped JSON.
 * `context`, the object's full name, is authenticated: a page renamed, swapped or taken from another backup does not open.
 */
export async function pack(ring: KeyRing, value: unknown, context: string): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = await through(utf8(JSON.stringify(value)), new CompressionStream('gzip'));
  const { current } = ring;
  return concatenated(utf8(MAGIC), utf8(current.id), current.sealBytes(PURPOSE, zipped, context));
}

/** Throws when the bytes are damaged, of another name, or sealed under a key that is not in the ring. */
export async function unpack(ring: KeyRing, bytes: Uint8Array, context: string): Promise<unknown> {
  const head = new TextDecoder().decode(bytes.subarray(0, MAGIC.length + KEY_ID_CHARACTERS));
  const key = ring.find(head.slice(MAGIC.length));
  if (!head.startsWith(MAGIC) || key === undefined) throw new Error(`no key opens ${context}`);
  const zipped = key.openBytes(PURPOSE, bytes.subarray(head.length), context);
  return JSON.parse(new TextDecoder().decode(await through(zipped, new DecompressionStream('gzip'))));
}

async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  const piped = new Response(bytes).body?.pipeThrough(stream) ?? null;
  return new Uint8Array(await new Response(piped).arrayBuffer());
}
