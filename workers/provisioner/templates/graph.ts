/** The steps of a template as a graph: who waits for whom. Pure. */
export interface Node {
  name: string;
  after: readonly string[];
}

/** Steps so that each comes after those it waits for, otherwise as written; null: they wait in a circle. */
export function inOrder<Step extends Node>(steps: readonly Step[]): Step[] | null {
  const ordered: Step[] = [];
  const placed = new Set<string>();
  let left = [...steps];
  while (left.length > 0) {
    const next = left.find(({ after }) => after.every((name) => placed.has(name)));
    if (next === undefined) return null;
    ordered.push(next);
    placed.add(next.name);
    left = left.filter((step) => step !== next);
  }
  return ordered;
}

/** All steps that have ended when this one begins. */
export function before(steps: readonly Node[], name: string): Set<string> {
  const found = new Set<string>();
  const look = (at: string): void => {
    for (const earlier of steps.find((step) => step.name === at)?.after ?? []) {
      if (found.has(earlier)) continue;
      found.add(earlier);
      look(earlier);
    }
  };
  look(name);
  return found;
}
