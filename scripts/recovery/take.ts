import { api, ApiError } from '../lib/api.ts';

/** Who asks is taken before who is asked, and put back after: docs/disaster-recovery.md. */
export const TAKEN = ['purchase', 'payments', 'provisioner', 'catalogue', 'auth'] as const;

interface Run {
  id: string;
  state: 'running' | 'complete';
  source: string | null;
  phase: string | null;
  pages: number;
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));

/** Backs everything up; `told` hears of each worker that is done. */
export async function backUpAll(
  { origin, token }: { origin: string; token: () => Promise<string> },
  told: (worker: string, backup: string) => void,
): Promise<void> {
  for (const worker of TAKEN) {
    let run: Run | null = null;
    while (run?.state !== 'complete') {
      run = await api<Run>(origin, `POST /v1/backups/${worker}`, { token: await token() }).catch(
        async (error: unknown) => {
          // Its cron is at work on the same run.
          if (!(error instanceof ApiError) || error.status !== 409) throw error;
          await pause();
          return null;
        },
      );
      if (run?.phase === 'waiting') await pause();
    }
    told(worker, run.id);
  }
}
