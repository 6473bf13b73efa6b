/**
 * What goes wrong with one call. `lost`, `lost-timeout`: done, but the reply is a 500, or none. `timeout`: never done, never
 * answered. `busy`: turned away. `late`: not answered, and done only after the next call has been; `held`: only at `release`.
 */
export type Fault =
  | 'error'
  | 'timeout'
  | 'late'
  | 'held'
  | 'garbage'
  | 'redirect'
  | 'lost'
  | 'lost-timeout'
  | 'refuse'
  | 'busy'
  | 'conflict';

/** The way to somebody and back, on which calls go wrong as planned. */
export class Wire {
  #late: (() => Promise<unknown>)[] = [];
  #held: (() => Promise<unknown>)[] = [];

  /** An HTTP request, answered by `answer` if it arrives. */
  async carry(
    fault: Fault | undefined,
    request: Request,
    answer: (request: Request) => Promise<Response>,
  ): Promise<Response> {
    // Whole, since it may arrive long after its caller is gone.
    const { url, method, headers } = request;
    const text = await request.text();
    const arrive = () =>
      answer(new Request(url, { method, headers, ...(text === '' ? {} : { body: text }) }));
    switch (fault) {
      case 'error':
        return new Response('down', { status: 503 });
      case 'garbage':
        return new Response('<html>', { status: 200 });
      case 'redirect':
        return new Response(null, { status: 302, headers: { location: 'https://elsewhere.test/' } });
      case 'refuse':
        return Response.json({ error: { code: 'invalid', message: 'Unknown\nplan' } }, { status: 422 });
      case 'busy':
        return new Response(null, { status: 429 });
      case 'conflict':
        return Response.json({ error: { code: 'shipped', message: 'Already on its way' } }, { status: 409 });
      case 'lost':
        await this.call(undefined, arrive);
        return new Response('oops', { status: 500 });
      case 'timeout':
      case 'late':
      case 'held':
      case 'lost-timeout':
      case undefined:
        return this.call(fault, arrive);
    }
  }

  /** Any call, which breaks off rather than be answered wrongly. */
  async call<Answer>(
    fault: 'timeout' | 'late' | 'held' | 'lost-timeout' | undefined,
    arrive: () => Promise<Answer>,
  ): Promise<Answer> {
    switch (fault) {
      case 'timeout':
        throw tooSlow();
      case 'late':
        this.#late.push(arrive);
        throw tooSlow();
      case 'held':
        this.#held.push(arrive);
        throw tooSlow();
      case 'lost-timeout':
      case undefined: {
        const answered = await arrive();
        for (const earlier of this.#late.splice(0)) await earlier();
        if (fault === 'lost-timeout') throw tooSlow();
        return answered;
      }
    }
  }

  /** What was held arrives now. Answers with how many calls did. */
  async release(): Promise<number> {
    const held = this.#held.splice(0);
    for (const arrive of held) await arrive();
    return held.length;
  }
}

const tooSlow = () => new DOMException('too slow', 'TimeoutError');
