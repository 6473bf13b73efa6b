import { expect, it } from 'vitest';
import { handlersOf } from './handlers.ts';

const bundle = (literal: string) =>
  `var text = "\n  used as default\n";\nvar app = create();\n\n// index.ts\nvar index_default = ${literal};\nexport {\n  Rpc,\n  index_default as default\n};\n`;

it.each([
  [
    'on one line',
    '{ fetch: create().fetch, queue: (a, b) => read({ a, b }), consume }',
    'fetch queue consume',
  ],
  [
    'one below the other, whatever stands inside them',
    '{\n  fetch: app.fetch,\n  /** Sweeps. */\n  async scheduled(_, env) {\n    await sweep({ queue: env.Q });\n  },\n  email: (a) => a,\n  consume\n}',
    'fetch scheduled email consume',
  ],
  [
    'wrapped to keep their names',
    '{\n  scheduled: /* @__PURE__ */ __name((_) => sweep(), "scheduled")\n}',
    'scheduled',
  ],
])('handlers of a bundle are read %s', (_how, literal, expected) => {
  expect(handlersOf(bundle(literal))).toEqual(expected.split(' '));
});

it.each([
  ['a call', 'createHandlers()'],
  ['a spread', '{\n  fetch: app.fetch,\n  ...others\n}'],
  ['a spread on one line', '{ ...others }'],
  ['a computed name', '{\n  [name]: app.fetch\n}'],
])('an export by %s is not guessed at', (_what, literal) => {
  expect(handlersOf(bundle(literal))).toBeNull();
});

it('a bundle without a default export has none to read', () => {
  expect(handlersOf('export {\n  Rpc\n};\n')).toBeNull();
});
