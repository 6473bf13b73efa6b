import { z } from 'zod';
import { canonicalJson } from '#shared/domain/canonical-json.ts';
import { pointerSchema, type Scope, valueAt } from './mapping.ts';

/** Whether a step is for this line: what lies at a pointer, combined once. Pure. */
const testSchema = z.union([
  z.strictObject({ pointer: pointerSchema, equals: z.unknown() }),
  z.strictObject({ pointer: pointerSchema, in: z.array(z.unknown()).min(1).max(50) }),
  z.strictObject({ pointer: pointerSchema, present: z.boolean() }),
]);
type Test = z.infer<typeof testSchema>;

const testsSchema = z.array(testSchema).min(1).max(10);
export const conditionSchema = z
  .union([
    testSchema,
    z.strictObject({ all: testsSchema }),
    z.strictObject({ any: testsSchema }),
    z.strictObject({ none: testsSchema }),
  ])
  .meta({ id: 'ProvisioningCondition', description: 'A step whose condition does not hold is left out' });
export type Condition = z.infer<typeof conditionSchema>;

export function holds(condition: Condition, scope: Scope): boolean {
  if ('all' in condition) return condition.all.every((test) => passes(test, scope));
  if ('any' in condition) return condition.any.some((test) => passes(test, scope));
  if ('none' in condition) return !condition.none.some((test) => passes(test, scope));
  return passes(condition, scope);
}

function passes(test: Test, scope: Scope): boolean {
  const value = valueAt(scope, test.pointer);
  if ('present' in test) return (value !== undefined && value !== null) === test.present;
  const wanted = 'in' in test ? test.in : [test.equals];
  return value !== undefined && wanted.some((each) => canonicalJson(each) === canonicalJson(value));
}

export function pointersOf(condition: Condition): string[] {
  if ('all' in condition) return condition.all.map(({ pointer }) => pointer);
  if ('any' in condition) return condition.any.map(({ pointer }) => pointer);
  if ('none' in condition) return condition.none.map(({ pointer }) => pointer);
  return [condition.pointer];
}
