/**
 * Deploys Tradepost to a Cloudflare account, or says what it would do. See docs/deploy.md.
 * Usage: npm run deploy -- --dry-run
 */
import { CHECKS, checkDeployment } from './deploy/checks/index.ts';
import { OptionsError, readOptions, USAGE, type DeployOptions } from './deploy/options.ts';
import { planDeployment } from './deploy/plan.ts';
import { readDeployment } from './deploy/read-deployment.ts';
import { bundleReport, findingsReport, missingSecretsReport, planReport } from './deploy/report.ts';
import { CommandFailedError, deploy } from './deploy/run.ts';
import { answerHelp, refuse as refuseArguments } from './lib/arguments.ts';
import { newKey } from './deploy/secrets.ts';
import { unfilled, unknownValues, withValues } from './deploy/values.ts';
import { configWriter, runWrangler } from './deploy/wrangler.ts';

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}

function options(): DeployOptions {
  answerHelp(USAGE);
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (error instanceof OptionsError) refuseArguments(`${error.message}\n\n${USAGE}`);
    throw error;
  }
}

const chosen = options();
const committed = await readDeployment().catch((error: unknown) =>
  refuse(`A worker cannot be bundled:\n${(error as { stderr?: string }).stderr ?? String(error)}`),
);
const unknown = unknownValues(committed, chosen.vars);
if (unknown.length > 0) refuse(`No worker has a variable ${unknown.join(', ')}.`);

const deployment = withValues(committed, chosen.vars);
console.log(bundleReport(deployment.workers));
const findings = [...checkDeployment(deployment), ...(chosen.dryRun ? [] : unfilled(deployment))];
if (findings.length > 0)
  refuse(`${findings.length} problems forbid this deployment:\n${findingsReport(findings)}`);
console.log(`${Object.keys(CHECKS).length} checks passed over ${deployment.workers.length} workers.\n`);

const plan = planDeployment(deployment);
if (chosen.dryRun) {
  console.log(planReport(plan));
  console.log('Nothing was deployed.');
} else {
  try {
    const outcome = await deploy(plan, chosen, {
      wrangler: runWrangler,
      writeConfig: configWriter(chosen),
      newKey,
      log: console.log,
    });
    if (outcome.kind === 'secrets-missing') refuse(missingSecretsReport(outcome.missing));
    console.log(`\nDeployed to ${chosen.vars.PUBLIC_ORIGIN}.`);
    console.log(
      `Stripe's webhooks go to ${chosen.vars.PUBLIC_ORIGIN}/v1/webhooks/stripe, see docs/deploy.md.`,
    );
  } catch (error) {
    if (!(error instanceof CommandFailedError)) throw error;
    refuse(
      `${error.message}\n\nWhat was done before stays. Put the cause right and run the same command again.`,
    );
  }
}
