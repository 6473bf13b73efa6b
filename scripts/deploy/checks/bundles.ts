import { perWorker, type Check } from '../deployment.ts';

/** What an upload may measure before compression, on every plan; wrangler 4.155 reports against the same number. */
export const BUNDLE_RAW_BYTES_MAX = 64 * 1024 * 1024;
/**
 * Our own limit after compression: what the Workers Free plan allowed while the platform still counted compressed
 * bytes (https://developers.cloudflare.com/workers/platform/limits/#worker-size). A bundle is parsed at each cold start.
 */
export const BUNDLE_GZIP_BYTES_MAX = 3 * 1024 * 1024;
/** PBKDF2 with more iterations throws on the platform, and only there. */
export const PBKDF2_ITERATIONS_MAX = 100_000;

export const bundlesFit: Check = perWorker(({ bundle }) => {
  const problems: [string, string][] = [];
  if (bundle.rawBytes > BUNDLE_RAW_BYTES_MAX)
    problems.push(['bundle', `${bundle.rawBytes} bytes, the platform takes ${BUNDLE_RAW_BYTES_MAX}`]);
  if (bundle.gzipBytes > BUNDLE_GZIP_BYTES_MAX)
    problems.push(['bundle', `${bundle.gzipBytes} bytes compressed, our limit is ${BUNDLE_GZIP_BYTES_MAX}`]);
  return problems;
});

/** The stand-in for the outside world and the tools of tests never leave this machine. */
export const noTestCode: Check = perWorker(({ bundle }) =>
  bundle.sources
    .filter((source) =>
      /^(?:workers\/sandbox|shared\/testing|test|bench|scripts)\/|\.test\.tsx?$/.test(source),
    )
    .map((source) => ['bundle', `imports ${source}`]),
);

/** A count we cannot read is refused too: only a number beside its use can be checked. */
export const hashingAllowed: Check = (deployment) =>
  perWorker(({ bundle }) =>
    bundle.sources.flatMap((source): [string, string][] => {
      const text = deployment.sources[source];
      if (text === undefined || !/pbkdf2/i.test(text)) return [];
      const counts = [...text.matchAll(/iterations['"]?\s*[:=]\s*([\d_]+)?/gi)];
      if (counts.length > 0 && counts.every(([, count]) => isAllowed(count))) return [];
      return [
        [
          source,
          `uses PBKDF2 with more than ${PBKDF2_ITERATIONS_MAX} iterations, or a count not written there`,
        ],
      ];
    }),
  )(deployment);

const isAllowed = (count: string | undefined): boolean =>
  count !== undefined && Number(count.replaceAll('_', '')) <= PBKDF2_ITERATIONS_MAX;
