import autocannon from 'autocannon';
import { runtimeCpuMs } from '../scripts/lib/processes.ts';

/** One measured row; times in milliseconds. */
export interface Measured {
  what: string;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Share of the bare worker's rate that answers the same bytes, where there is one. */
  ofBare: number | null;
  /** CPU time of the runtime for one request; absent where it was not measured. */
  cpuMs?: number;
}

/** Loads one address from `parallel` keep-alive connections. Fails when anything but 2xx is answered. */
export async function loadAddress(
  what: string,
  url: string,
  parallel: number,
  seconds: number,
): Promise<Measured> {
  await autocannon({ url, connections: parallel, duration: 1 });
  const before = runtimeCpuMs() ?? Number.NaN;
  const result = await autocannon({ url, connections: parallel, duration: seconds });
  const cpuMs = ((runtimeCpuMs() ?? Number.NaN) - before) / Math.max(1, result.requests.total);
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${what}: ${result.non2xx} answers were not 2xx, ${result.errors} connections failed`);
  }
  const { p50, p99 } = result.latency;
  return { what, perSecond: result.requests.average, p50Ms: p50, p99Ms: p99, ofBare: null, cpuMs };
}

/** Turns of each of two addresses that are compared: what else the machine does then counts for both. */
const TURNS = 4;

/** Loads an address and the yardstick that answers the same bytes in turns. */
export async function loadBeside(
  what: { yardstick: string; measured: string },
  urls: { yardstick: string; measured: string },
  parallel: number,
  seconds: number,
): Promise<[Measured, Measured]> {
  const turns: [Measured, Measured][] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    turns.push([
      await loadAddress(what.yardstick, urls.yardstick, parallel, seconds / TURNS),
      await loadAddress(what.measured, urls.measured, parallel, seconds / TURNS),
    ]);
  }
  const yardstick = together(turns.map(([each]) => each));
  const measured = together(turns.map(([, each]) => each));
  return [yardstick, { ...measured, ofBare: measured.perSecond / yardstick.perSecond }];
}

/** The mean rate, the middle p50 and the worst p99 of turns of one thing. */
function together(turns: readonly Measured[]): Measured {
  const [first] = turns;
  if (first === undefined) throw new Error('nothing was measured');
  const p50s = turns.map(({ p50Ms }) => p50Ms).sort((a, b) => a - b);
  return {
    ...first,
    perSecond: turns.reduce((sum, { perSecond }) => sum + perSecond, 0) / turns.length,
    p50Ms: p50s[Math.floor(p50s.length / 2)] ?? 0,
    p99Ms: Math.max(...turns.map(({ p99Ms }) => p99Ms)),
    cpuMs: turns.reduce((sum, { cpuMs }) => sum + (cpuMs ?? Number.NaN), 0) / turns.length,
  };
}

/** Runs `once` in `parallel` closed loops for a time: the next begins when the last has ended. */
export async function loop(
  what: string,
  parallel: number,
  seconds: number,
  once: (lane: number) => Promise<void>,
): Promise<Measured> {
  const times: number[] = [];
  const started = performance.now();
  const until = started + seconds * 1000;
  await Promise.all(
    Array.from({ length: parallel }, async (_, lane) => {
      while (performance.now() < until) {
        const begun = performance.now();
        await once(lane);
        times.push(performance.now() - begun);
      }
    }),
  );
  const elapsedSeconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { what, perSecond: times.length / elapsedSeconds, p50Ms: at(0.5), p99Ms: at(0.99), ofBare: null };
}
