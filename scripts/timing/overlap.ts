/**
 * Whether two samples of times could come from one distribution: the Mann–Whitney U test with its normal approximation,
 * ties counted half. Pure.
 */
export interface Comparison {
  /** Chance that a time of one sample is greater than one of the other: 0.5 when nothing tells them apart. */
  superiority: number;
  /** Two-sided p value: how often equal distributions would differ at least this much. */
  p: number;
}

export function compare(a: readonly number[], b: readonly number[]): Comparison {
  let greater = 0;
  for (const one of a) {
    for (const other of b) greater += one > other ? 1 : one === other ? 0.5 : 0;
  }
  const pairs = a.length * b.length;
  const deviation = Math.sqrt((pairs * (a.length + b.length + 1)) / 12);
  const z = Math.abs(greater - pairs / 2) / deviation;
  return { superiority: greater / pairs, p: Math.min(1, 2 * upperTail(z)) };
}

/** Upper tail of the standard normal distribution; Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.231_641_9 * z);
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const terms = [0.319_381_53, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
  return density * terms.reduceRight((sum, term) => (sum + term) * t, 0);
}
