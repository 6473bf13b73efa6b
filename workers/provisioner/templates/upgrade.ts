/**
 * Plans as an older release wrote them, in instances and in parameters of Workflows that still run: steps named one
 * `action`, inputs were dotted paths, every step waited for the one before. Pure.
 */
export function upgradedPlan(stored: unknown): unknown {
  if (!isObject(stored) || !Array.isArray(stored['steps']) || !isObject(stored['delivery'])) return stored;
  if (!stored['steps'].every((step) => isObject(step) && typeof step['action'] === 'string')) return stored;
  const steps = stored['steps'] as Record<string, unknown>[];
  const { type, ...fields } = stored['delivery'];
  return {
    ...stored,
    steps: steps.map((step, index) => upgradedStep(step, steps[index - 1])),
    delivery: {
      type: isObject(type) ? type['literal'] : type,
      fields: upgradedInputs(fields),
    },
  };
}

function upgradedStep(
  { action, inputs, undo, ...step }: Record<string, unknown>,
  previous: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const [connector, operation] = String(action).split('.');
  return {
    ...step,
    title: String(step['name']).replaceAll('-', ' '),
    connector,
    operation,
    inputs: upgradedInputs(inputs),
    after: previous === undefined ? [] : [previous['name']],
    undo: undo ?? { none: 'It leaves nothing behind.' },
  };
}

const upgradedInputs = (inputs: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(isObject(inputs) ? inputs : {}).map(([name, source]) => [name, mappingOf(source)]),
  );

function mappingOf(source: unknown): unknown {
  if (typeof source === 'string') return { from: pointerOf(source) };
  if (!isObject(source)) return source;
  if ('literal' in source) return { value: source['literal'] };
  return { multiply: [pointerOf(String(source['path'])), pointerOf(String(source['times']))] };
}

/** `result.step.field` → `/results/step/field`. */
const pointerOf = (path: string): string =>
  `/${path.replaceAll('.', '/')}`.replace(/^\/result\//, '/results/');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
