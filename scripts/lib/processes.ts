import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Row {
  pid: number;
  parent: number;
  command: string;
}

/** Every process of this machine that is not a zombie; none where `ps` is missing. */
function processes(): Row[] {
  try {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' });
    return table.split('\n').flatMap((line) => {
      const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return command === undefined || state?.startsWith('Z') === true
        ? []
        : [{ pid: Number(pid), parent: Number(parent), command }];
    });
  } catch {
    return [];
  }
}

const isRuntime = (row: Row): boolean => /workerd/.test(row.command);

/** The runtime processes this one has started. */
export const ownRuntimes = (): number[] =>
  processes()
    .filter((row) => row.parent === process.pid && isRuntime(row))
    .map((row) => row.pid);

/** CPU time the runtimes of this process have used, in milliseconds; null where the system does not tell. */
export function runtimeCpuMs(): number | null {
  const ticks = ownRuntimes().map((pid) => {
    try {
      // Fields 14 and 15 of proc(5); the name before them is in parentheses and may hold anything.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      return Number(fields[11]) + Number(fields[12]);
    } catch {
      return Number.NaN;
    }
  });
  const sum = ticks.reduce((total, each) => total + each, 0);
  return ticks.length > 0 && Number.isFinite(sum) ? sum * TICK_MS : null;
}
/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux there is. */
const TICK_MS = 10;

/** Those of `pids` that still are runtimes: an id may have gone to another program since. */
export function aliveRuntimes(pids: readonly number[]): number[] {
  return processes()
    .filter((row) => pids.includes(row.pid) && isRuntime(row))
    .map((row) => row.pid);
}

export function isAlive(pid: number): boolean {
  const known = processes();
  if (known.length > 0) return known.some((row) => row.pid === pid);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
