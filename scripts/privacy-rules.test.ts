import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { OF_EVERY_OBJECT, OUTSIDE, PRIVACY_RULES, type Rule } from '#shared/privacy/rules.ts';
import { ROOT } from './lib/workers.ts';

const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const CHAPTERS = new Set(['D1 databases', 'Durable Objects', 'Queues', 'Workflows', 'KV', 'R2']);

/** Names in the first column of each table of docs/storage.md, by the heading the table stands under. */
function stored(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let chapter = '';
  let heading = '';
  for (const line of text('docs/storage.md').split('\n')) {
    const [, depth, title = ''] = /^(##+) `?([^`]+?)`?$/.exec(line) ?? [];
    if (depth !== undefined) heading = title;
    if (depth === '##') chapter = title;
    const name = /^\| `([^`]+)`/.exec(line)?.[1];
    if (name === undefined || !CHAPTERS.has(chapter)) continue;
    found.set(heading, [...(found.get(heading) ?? []), name]);
  }
  return found;
}

const places = [...stored()].filter(([heading]) => !OUTSIDE.includes(heading));
const ruled = Object.values(PRIVACY_RULES).flatMap((rules) => Object.values(rules));
const sectionOf = (rule: Rule): string[] =>
  'exported' in rule && rule.exported !== null ? [rule.exported] : [];

describe('what becomes of personal data', () => {
  it.each(places)('is ruled for all that %s holds, and for nothing that is not there', (heading, names) => {
    const own = names.filter((name) => !(name in OF_EVERY_OBJECT));
    expect(Object.keys(PRIVACY_RULES[heading] ?? {}).toSorted()).toEqual(own.toSorted());
  });

  it('is ruled for places that exist alone', () => {
    expect(Object.keys(PRIVACY_RULES).toSorted()).toEqual(places.map(([heading]) => heading).toSorted());
  });

  it('stands in docs/privacy.md: every section of a copy, and every reason to keep', () => {
    const page = text('docs/privacy.md');
    const said = [
      ...ruled.flatMap(sectionOf),
      ...ruled.flatMap((rule) => ('because' in rule ? [rule.because] : [])),
    ];
    expect([...new Set(said)].filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });
});
