import type { JobReport, JobResult } from '#shared/contracts/http/catalogue-jobs.ts';
import { CHUNK_CHARACTERS_MAX } from '../../limits.ts';
import type { ItemOutcome, JobChange, JobRow } from '../../queries/jobs.ts';
import { type DeclaredStock, type ProductWrite, UniqueConflict } from '../../queries/write-products.ts';
import { authoredContext } from '../save-product.ts';
import type { JobPorts } from './ports.ts';

/** What is to become of one item. */
export interface Plan {
  position: number;
  result: JobResult;
  productId: string | null;
  versionBefore: number | null;
  /** Null: the product stays as it is. */
  write: ProductWrite | null;
  declared: DeclaredStock[];
  report: JobReport;
}

export const refusal = (position: number, detail: string, known: Partial<Plan> = {}): Plan => ({
  productId: null,
  versionBefore: null,
  ...known,
  position,
  result: 'refused',
  write: null,
  declared: [],
  report: { faults: [{ row: position, column: null, detail }], notes: [], changes: [] },
});

/**
 * Carries plans out, each group in one atomic batch with its results. A product that changed since it was read is left
 * alone, and its item stays to be done. `change` comes with the last group.
 */
export async function writePlans(
  ports: JobPorts,
  job: JobRow,
  plans: readonly Plan[],
  change: JobChange,
): Promise<JobRow> {
  let at = job;
  const groups = sized(plans);
  for (const [index, group] of groups.entries())
    at = await writeGroup(ports, at, group, index === groups.length - 1 ? change : {});
  return at;
}

/** When another writer takes a handle or SKU meanwhile, the group is written one by one to find whose it was. */
async function writeGroup(
  ports: JobPorts,
  job: JobRow,
  plans: readonly Plan[],
  change: JobChange,
): Promise<JobRow> {
  try {
    return await ports.jobs.commitWrites(job, { ...contentOf(plans), change }, authoredContext(ports));
  } catch (error) {
    if (!(error instanceof UniqueConflict)) throw error;
    const [only] = plans;
    if (only === undefined) throw error;
    if (plans.length === 1)
      return writeGroup(ports, job, [refusal(only.position, error.message, only)], change);
    let at = job;
    for (const [index, plan] of plans.entries())
      at = await writeGroup(ports, at, [plan], index === plans.length - 1 ? change : {});
    return at;
  }
}

const contentOf = (plans: readonly Plan[]) => ({
  writes: plans.flatMap(({ write }) => write ?? []),
  declared: plans.flatMap(({ declared }) => declared),
  outcomes: plans.map(({ position, result, productId, versionBefore, write, report }): ItemOutcome => ({
    position,
    result,
    productId,
    versionBefore,
    written: write !== null,
    report,
  })),
});

/** Groups whose JSON stays within what one bound parameter takes. */
function sized(plans: readonly Plan[]): Plan[][] {
  const groups: Plan[][] = [[]];
  let characters = 0;
  for (const plan of plans) {
    const size = plan.write === null ? 0 : JSON.stringify(plan.write.product).length;
    if (characters + size > CHUNK_CHARACTERS_MAX && characters > 0) {
      groups.push([]);
      characters = 0;
    }
    groups.at(-1)?.push(plan);
    characters += size;
  }
  return groups;
}
