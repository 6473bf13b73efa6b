/** The process that is killed: the whole system over one folder. Its parent tells it by message what to do. */
import { startSystem } from '../lib/system.ts';
import { type HostOptions, type HostRequest, SWEPT } from './process.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as HostOptions;
const tell = (message: object): void => void process.send?.(message);

const system = await startSystem({ ...options, seed: options.seed ?? false });
process.on('message', ({ request, id }: HostRequest) => {
  if (request !== 'sweep') return;
  void Promise.allSettled(SWEPT.map((worker) => system.runCron(worker))).then(() => tell({ done: id }));
});
process.on('disconnect', () => process.exit(0));
tell({ ready: true });
