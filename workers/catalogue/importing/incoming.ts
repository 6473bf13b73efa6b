import { findCardNumbers, CARD_NUMBER_MASK } from '#shared/domain/card-data.ts';

/** The file is not what it must be; `message` says what is wrong with it. */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile';
}

/** Characters in which a card number fits, however it is written. */
const CARD_CHARACTERS_MAX = 200;
/** Looked at together: small chunks would cost a look each. */
const TEXT_CHARACTERS = 64 * 1024;

/**
 * A file as it comes in, ready to be kept: UTF-8 without a byte order mark, and each card number in it replaced, so that
 * none is ever stored. Holds a little more than a chunk. Throws `UnreadableFile`.
 */
export async function* incomingText(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  const encoder = new TextEncoder();
  let text = '';
  let isEmpty = true;
  for await (const chunk of body) {
    if (isEmpty && chunk.byteLength > 0) refuseUtf16(chunk);
    isEmpty &&= chunk.byteLength === 0;
    text += decoded(decoder, chunk);
    if (text.length < TEXT_CHARACTERS) continue;
    const [done, rest] = withoutCardNumbers(text, false);
    yield encoder.encode(done);
    text = rest;
  }
  if (isEmpty) throw new UnreadableFile('is empty');
  const [done] = withoutCardNumbers(text + decoded(decoder, null), true);
  yield encoder.encode(done);
}

/** Masks what is certain; what could go on in the next chunk is left over, unless nothing follows. */
function withoutCardNumbers(text: string, isLast: boolean): [string, string] {
  let cut = isLast ? text.length : Math.max(0, text.length - CARD_CHARACTERS_MAX);
  let masked = '';
  let reached = 0;
  for (const { start, end } of findCardNumbers(text)) {
    if (end > cut) {
      cut = Math.min(cut, start);
      break;
    }
    masked += text.slice(reached, start) + CARD_NUMBER_MASK;
    reached = end;
  }
  // A character outside the basic plane is two units: encoded apart both are lost.
  if (cut < text.length && /[\uDC00-\uDFFF]/.test(text.charAt(cut))) cut -= 1;
  return [masked + text.slice(reached, cut), text.slice(cut)];
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | null): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new UnreadableFile('is not UTF-8; save it as UTF-8 (in a spreadsheet: "CSV UTF-8")');
  }
}

function refuseUtf16([first, second]: Uint8Array): void {
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new UnreadableFile('is UTF-16; save it as UTF-8');
}
