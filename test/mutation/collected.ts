import { expect as assertion } from 'vitest';

/*
 * In the place of `vitest` while mutants are met: collects what a test file declares, so that it can be run again and again
 * in one process. Only what the quick tests use.
 */

export interface Collected {
  /** Unique in its file. */
  name: string;
  run: () => unknown;
  before: (() => unknown)[];
  after: (() => unknown)[];
}
interface Suite {
  name: string;
  before: (() => unknown)[];
  after: (() => unknown)[];
}

let tests: Collected[] = [];
let suites: Suite[] = [];
const enclosing = (): Suite[] => suites;
const fresh = (name: string): Suite => ({ name, before: [], after: [] });

/** What the file declared whose import is awaited. */
export async function collect(load: () => Promise<unknown>): Promise<Collected[]> {
  tests = [];
  suites = [fresh('')];
  await load();
  return tests;
}

type Body = (...row: never[]) => unknown;

export function describe(name: string, body: () => void): void {
  suites = [...suites, fresh(name)];
  body();
  suites = suites.slice(0, -1);
}

export function it(name: string, body: Body): void {
  const around = enclosing();
  const title = [...around.slice(1).map((suite) => suite.name), name].join(' > ');
  const twins = tests.filter((test) => test.name === title || test.name.startsWith(`${title} #`)).length;
  tests.push({
    name: twins === 0 ? title : `${title} #${twins + 1}`,
    run: body,
    get before() {
      return around.flatMap((suite) => suite.before);
    },
    get after() {
      return around.flatMap((suite) => suite.after);
    },
  });
}

const each =
  (declare: (name: string, body: () => void) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, body: Body): void => {
    for (const [index, row] of rows.entries()) {
      const values = (Array.isArray(row) ? row : [row]) as never[];
      declare(`${name} [${index}]`, () => body(...values) as void);
    }
  };
describe.each = each(describe);
it.each = each((name, body) => it(name, body));

export const beforeEach = (act: () => unknown): void => void enclosing().at(-1)?.before.push(act);
export const afterEach = (act: () => unknown): void => void enclosing().at(-1)?.after.push(act);
export const expect = assertion;
export { vi } from 'vitest';
