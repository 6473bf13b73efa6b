import { API_HEADERS, INTERNAL_HEADERS } from '../security.ts';
import { forward, type ForwardContext } from '../forward.ts';
import type { AnswerStore, Kept } from './answer-store.ts';
import { answerWith } from './hit.ts';
import { normalAddress, spelling } from './key.ts';
import { ANSWER_BYTES_MAX } from './limits.ts';

export interface ReadContext extends ForwardContext {
  answers: AnswerStore;
  /** Keeps the invocation alive until its work is done (`ctx.waitUntil`). */
  later: (work: Promise<unknown>) => void;
}

/** Forwards a request; public reads of nobody in particular are answered from memory, and kept there. */
export async function readThrough(request: Request, context: ReadContext): Promise<Response> {
  const address = normalAddress(request);
  if (address === null) return forward(request, context);
  const { answers } = context;
  const asked = new Request(new URL(address, request.url), { headers: { accept: 'application/json' } });
  const found = answers.find(address);
  const filling = new Filling(asked, context);
  const fill = (): Promise<Kept | null> => answers.fill(address, filling.ask, context.later);
  if (found?.isStale === true) context.later(fill().then(() => filling.unkept?.body?.cancel()));
  const kept = found?.kept ?? (await fill());
  if (kept === null) return filling.unkept ?? forward(request, context);
  answers.learn(address, spelling(request));
  return answerWith(kept, request.headers.get('if-none-match'));
}

/** One request's asking, if it is the one that asks. */
class Filling {
  /** What was answered and must not be kept: this request's alone. */
  unkept: Response | null = null;
  readonly #request: Request;
  readonly #context: ForwardContext;

  constructor(request: Request, context: ForwardContext) {
    this.#request = request;
    this.#context = context;
  }

  readonly ask = async (known: Kept | null): Promise<Kept | null> => {
    const headers = new Headers(this.#request.headers);
    if (known !== null && known.etag !== null) headers.set('if-none-match', known.etag);
    const response = await forward(new Request(this.#request, { headers }), this.#context);
    if (response.status === 304 && known !== null) return known;
    if (!isKeepable(response)) {
      this.unkept = response;
      return null;
    }
    const body = new Uint8Array(await response.arrayBuffer());
    const kept = { body, headers: keptHeaders(response), etag: response.headers.get('etag') };
    if (body.byteLength <= ANSWER_BYTES_MAX) return kept;
    this.unkept = answerWith(kept, null);
    return null;
  };
}

const isKeepable = (response: Response): boolean =>
  response.status === 200 &&
  /(?:^|,)\s*public\s*(?:,|$)/.test(response.headers.get('cache-control') ?? '') &&
  !response.headers.has('set-cookie');

/** What stands on the answer whoever gets it. */
function keptHeaders(response: Response): Headers {
  const headers = new Headers(response.headers);
  const ofOneRequest = ['x-request-id', 'content-length', 'content-encoding', 'transfer-encoding', 'date'];
  for (const name of [...ofOneRequest, ...INTERNAL_HEADERS]) headers.delete(name);
  for (const [name, value] of Object.entries(API_HEADERS)) headers.set(name, value);
  return headers;
}
