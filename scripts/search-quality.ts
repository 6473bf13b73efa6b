/**
 * How well search finds what is meant: queries judged from the buyer's side over the demo catalogue, in three languages, with
 * typos, plurals, synonyms and attributes. Prints nDCG@10 and recall@10 of our search, of plain FTS5 and of MiniSearch, for the
 * queries search was tuned with and apart from them for those it was not.
 *
 *   npm run search:quality [-- --worst 20]    also our search's worst queries of those it was tuned with, with what it found
 */
import { parseArguments } from './lib/arguments.ts';
import { QUERY_SETS, searchQuality } from './search/quality.ts';

const { values } = parseArguments('Usage: npm run search:quality [-- --worst 20]', {
  options: { worst: { type: 'string', default: '0' } },
});
for (const set of QUERY_SETS) {
  const { queries, by } = await searchQuality(set);
  console.log(
    `\n${queries} judged queries, ${set}\n\n| search | nDCG@10 | recall@10 |\n| --- | ---: | ---: |`,
  );
  for (const [name, { ndcg, recall }] of Object.entries(by))
    console.log(`| ${name} | ${ndcg.toFixed(3)} | ${recall.toFixed(3)} |`);
  if (set !== 'tuned') continue;
  for (const { query, ndcg, hits } of by['ours']?.worst.slice(0, Number(values.worst)) ?? [])
    console.log(`${ndcg.toFixed(2)} ${query}: ${hits.slice(0, 6).join(', ')}`);
}
