/** A refusal by the API, with its problem details (RFC 9457). */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Record<string, unknown>;
  constructor(request: string, status: number, problem: Record<string, unknown>) {
    super(`${request} answered ${status}: ${JSON.stringify(problem)}`);
    this.status = status;
    this.problem = problem;
  }
}

export interface CallOptions {
  token?: string;
  /** Sent as JSON unless `contentType` is given. */
  body?: unknown;
  contentType?: string;
  headers?: Record<string, string>;
}

/** One call to the public API. Resolves with the parsed answer; throws `ApiError` on any status of 400 and above. */
export async function api<Answer>(
  origin: string,
  request: string,
  options: CallOptions = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = request.split(' ');
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers };
  if (options.token !== undefined) headers['authorization'] = `Bearer ${options.token}`;
  const init: RequestInit = { method, headers, redirect: 'manual' };
  if (options.body !== undefined) {
    headers['content-type'] = options.contentType ?? 'application/json';
    init.body = options.contentType === undefined ? JSON.stringify(options.body) : (options.body as BodyInit);
  }
  const response = await fetch(new URL(path, origin), init);
  const text = await response.text();
  const answer: unknown = text === '' ? null : parsed(text);
  if (response.status >= 400) throw new ApiError(request, response.status, answer as Record<string, unknown>);
  return answer as Answer;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { text: text.slice(0, 500) };
  }
}

/** Asks until the answer is not null, at most for `seconds`. */
export async function poll<Answer>(
  what: string,
  seconds: number,
  ask: () => Promise<Answer | null>,
  everyMs = 100,
): Promise<Answer> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (Date.now() > until) throw new Error(`gave up after ${seconds} s waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
