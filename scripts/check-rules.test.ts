import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './lib/workers.ts';

interface Offence {
  /** What the file does, as the subject of a sentence. */
  name: string;
  file: string;
  text: string;
  /** As oxlint names it. */
  rule: string;
}

const RESTRICTED = 'eslint(no-restricted-imports)';
const imports = (from: string): string => `import { thing } from '${from}';\nexport const used = thing;\n`;

const OFFENCES: Offence[] = [
  {
    name: 'shared code that knows a worker',
    file: 'shared/http/a.ts',
    text: imports('../../workers/auth/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'an object that knows a worker',
    file: 'durable-objects/order/object.ts',
    text: imports('../../workers/purchase/env.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'domain code that imports the platform',
    file: 'shared/domain/a.ts',
    text: imports('cloudflare:workers'),
    rule: RESTRICTED,
  },
  {
    name: 'money that imports contracts',
    file: 'shared/money/a.ts',
    text: imports('#shared/contracts/rpc/auth.ts'),
    rule: RESTRICTED,
  },
  { name: 'ids that import Node', file: 'shared/ids/a.ts', text: imports('node:crypto'), rule: RESTRICTED },
  {
    name: 'time that imports an object',
    file: 'shared/time/a.ts',
    text: imports('#objects/lib/alarms.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'an engine that imports the platform',
    file: 'durable-objects/order/engine.ts',
    text: imports('cloudflare:workers'),
    rule: RESTRICTED,
  },
  {
    name: 'a machine that imports hono',
    file: 'durable-objects/order/machine.ts',
    text: imports('hono'),
    rule: RESTRICTED,
  },
  {
    name: 'a machine that imports its shell',
    file: 'durable-objects/stock/machine.ts',
    text: imports('./storage.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a part of a machine that imports HTTP',
    file: 'durable-objects/order/machine/a.ts',
    text: imports('#shared/http/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a worker that imports another worker',
    file: 'workers/purchase/a.ts',
    text: imports('../payments/queries/inbox.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a route that imports a query',
    file: 'workers/auth/routes/a.ts',
    text: imports('../queries/accounts.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a route that imports an adapter',
    file: 'workers/auth/routes/b.ts',
    text: imports('../adapters/mail.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a route that imports the runtime',
    file: 'workers/auth/routes/c.ts',
    text: imports('cloudflare:workers'),
    rule: RESTRICTED,
  },
  {
    name: 'a route that imports another worker',
    file: 'workers/auth/routes/d.ts',
    text: imports('../../purchase/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a use case that imports hono',
    file: 'workers/auth/usecases/a.ts',
    text: imports('hono'),
    rule: RESTRICTED,
  },
  {
    name: 'a use case that knows problems of HTTP',
    file: 'workers/auth/usecases/b.ts',
    text: imports('#shared/http/problems.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a query that imports hono',
    file: 'workers/auth/queries/a.ts',
    text: imports('hono/http-exception'),
    rule: RESTRICTED,
  },
  {
    name: 'an adapter that imports another worker',
    file: 'workers/payments/adapters/a.ts',
    text: imports('../../sandbox/stripe/a.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'domain code that knows a worker',
    file: 'shared/domain/b.ts',
    text: imports('../../workers/auth/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'money that reaches contracts by a path',
    file: 'shared/money/b.ts',
    text: imports('../contracts/rpc/auth.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a machine that knows a worker',
    file: 'durable-objects/login-guard/machine.ts',
    text: imports('../../workers/auth/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a machine that reaches HTTP by a path',
    file: 'durable-objects/stock/machine/a.ts',
    text: imports('../../../shared/http/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a worker that reaches another by a longer path',
    file: 'workers/purchase/b.ts',
    text: imports('../../workers/payments/app.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a use case that reaches problems of HTTP by a path',
    file: 'workers/auth/usecases/c.ts',
    text: imports('../../../shared/http/problems.ts'),
    rule: RESTRICTED,
  },
  {
    name: 'a promise nobody waits for',
    file: 'workers/auth/floating.ts',
    text: 'export function save(): void {\n  Promise.resolve(1);\n}\n',
    rule: 'typescript(no-floating-promises)',
  },
  {
    name: 'a promise used as a condition',
    file: 'workers/auth/misused.ts',
    text: 'const ready = Promise.resolve(false);\nexport const answer = (): string => (ready ? "yes" : "no");\n',
    rule: 'typescript(no-misused-promises)',
  },
  {
    name: 'an any',
    file: 'workers/auth/any.ts',
    text: 'export const parse = (value: any): string => String(value);\n',
    rule: 'typescript(no-explicit-any)',
  },
  {
    name: 'a value of any passed on',
    file: 'workers/auth/unsafe.ts',
    text: 'export const parse = (text: string): string => JSON.parse(text);\n',
    rule: 'typescript(no-unsafe-return)',
  },
  {
    name: 'a non-null assertion',
    file: 'workers/auth/assertion.ts',
    text: 'export const first = (names: string[]): string => names[0]!;\n',
    rule: 'typescript(no-non-null-assertion)',
  },
  {
    name: 'a switch that forgets a case',
    file: 'workers/auth/switch.ts',
    text: "export function name(of: 'a' | 'b'): string {\n  let text = '';\n  switch (of) {\n    case 'a':\n      text = 'A';\n      break;\n  }\n  return text;\n}\n",
    rule: 'typescript(switch-exhaustiveness-check)',
  },
  {
    name: 'a switched-off type error',
    file: 'workers/auth/ignored.ts',
    text: '// @ts-ignore\nexport const count: number = "1";\n',
    rule: 'typescript(ban-ts-comment)',
  },
  {
    name: 'something thrown that is no error',
    file: 'workers/auth/thrown.ts',
    text: "export function fail(): never {\n  throw 'no';\n}\n",
    rule: 'typescript(only-throw-error)',
  },
  {
    name: 'a line logged past the log',
    file: 'workers/auth/console.ts',
    text: "export function greet(): void {\n  console.log('hello');\n}\n",
    rule: 'eslint(no-console)',
  },
  {
    name: 'a loose comparison',
    file: 'workers/auth/loose.ts',
    text: 'export const same = (a: string, b: string): boolean => a == b;\n',
    rule: 'eslint(eqeqeq)',
  },
  {
    name: 'a circle of imports',
    file: 'workers/auth/circle-a.ts',
    text: "import { b } from './circle-b.ts';\nexport const a = (): number => b();\n",
    rule: 'import(no-cycle)',
  },
  {
    name: 'the other half of a circle of imports',
    file: 'workers/auth/circle-b.ts',
    text: "import { a } from './circle-a.ts';\nexport const b = (): number => a();\n",
    rule: 'import(no-cycle)',
  },
  {
    name: 'a test that runs alone',
    file: 'workers/auth/only.test.ts',
    text: "import { expect, it } from 'vitest';\nit.only('a', () => {\n  expect(1).toBe(1);\n});\n",
    rule: 'vitest(no-focused-tests)',
  },
  {
    name: 'a test that is switched off',
    file: 'workers/auth/skip.test.ts',
    text: "import { expect, it } from 'vitest';\nit.skip('a', () => {\n  expect(1).toBe(1);\n});\n",
    rule: 'vitest(no-disabled-tests)',
  },
  {
    name: 'a test that cannot fail',
    file: 'workers/auth/empty.test.ts',
    text: "import { it } from 'vitest';\nit('a', () => {});\n",
    rule: 'vitest(expect-expect)',
  },
];

/** What the same rules must leave alone. */
const ALLOWED: Pick<Offence, 'name' | 'file' | 'text'>[] = [
  {
    name: 'a route that asks a use case',
    file: 'workers/auth/routes/ok.ts',
    text: imports('../usecases/sign-in.ts'),
  },
  {
    name: 'a use case that asks contracts',
    file: 'workers/auth/usecases/ok.ts',
    text: imports('#shared/contracts/rpc/auth.ts'),
  },
  {
    name: 'a machine that asks the domain',
    file: 'durable-objects/buyer/machine.ts',
    text: imports('#shared/domain/orders.ts'),
  },
  {
    name: 'a test that looks into another folder',
    file: 'workers/auth/routes/ok.test.ts',
    text: imports('../queries/accounts.ts'),
  },
];

let reported = new Map<string, Set<string>>();
const scratch = mkdtempSync(path.join(tmpdir(), 'rules-'));

async function lint(): Promise<Map<string, Set<string>>> {
  const oxlint = path.join(ROOT, 'node_modules/oxlint/bin/oxlint');
  const run = promisify(execFile)(process.execPath, [oxlint, '--format=json'], { cwd: scratch });
  // Findings are an exit code of 1, and still the whole report.
  const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  const rules = new Map<string, Set<string>>();
  for (const { filename, code } of diagnostics) {
    rules.set(filename, (rules.get(filename) ?? new Set()).add(code));
  }
  return rules;
}

beforeAll(async () => {
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
    cpSync(path.join(ROOT, name), path.join(scratch, name));
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(scratch, 'node_modules'), 'junction');
  for (const { file, text } of [...OFFENCES, ...ALLOWED]) {
    mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
    writeFileSync(path.join(scratch, file), text);
  }
  reported = await lint();
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('the lint reports', () => {
  it.each(OFFENCES)('$name', ({ file, rule }) => {
    expect([...(reported.get(file) ?? [])]).toContain(rule);
  });
});

describe('the import rules leave alone', () => {
  it.each(ALLOWED)('$name', ({ file }) => {
    expect([...(reported.get(file) ?? [])]).not.toContain(RESTRICTED);
  });
});
