/**
 * Source of the worker that stands for the shop (and everything else out there) in this project's tests. It keeps what it
 * receives; `/_received?path=` tells, `/_answer?path=&status=&times=` makes it answer otherwise for a while.
 */
export const FAKE_SHOP = `
  const received = [];
  const answers = [];
  export default {
    async fetch(request) {
      const url = new URL(request.url);
      const path = url.searchParams.get('path');
      if (url.pathname === '/_received') return Response.json(received.filter((one) => one.path === path));
      if (url.pathname === '/_answer') {
        answers.push({ path, status: Number(url.searchParams.get('status')), times: Number(url.searchParams.get('times')) });
        return Response.json({});
      }
      received.push({
        path: url.pathname, at: Date.now(), headers: Object.fromEntries(request.headers), body: await request.text(),
      });
      const answer = answers.find((one) => one.path === url.pathname && one.times > 0);
      if (answer === undefined) return Response.json({ received: true });
      answer.times -= 1;
      return new Response(null, { status: answer.status });
    },
  };
`;

/** One request the shop received. */
export interface Received {
  path: string;
  at: number;
  headers: Record<string, string>;
  body: string;
}

export async function receivedAt(path: string): Promise<Received[]> {
  const response = await fetch(`http://shop.test/_received?path=${encodeURIComponent(path)}`);
  return response.json();
}

/** The shop answers the next requests to this path with another status. */
export async function shopAnswers(path: string, status: number, times: number): Promise<void> {
  await fetch(`http://shop.test/_answer?path=${encodeURIComponent(path)}&status=${status}&times=${times}`);
}
