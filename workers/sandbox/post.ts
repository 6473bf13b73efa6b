/**
 * Posts a message and resolves with the answer's status; no redirect is followed. The timer ends with the answer:
 * `AbortSignal.timeout` would keep the object that posts alive for the whole time.
 */
export async function post(
  url: string,
  message: { headers: Record<string, string>; body: string; timeoutMs: number },
): Promise<number> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), message.timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: message.headers,
      body: message.body,
      signal: controller.signal,
      redirect: 'manual',
    });
    await response.body?.cancel();
    return response.status;
  } finally {
    clearTimeout(timer);
  }
}

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;
