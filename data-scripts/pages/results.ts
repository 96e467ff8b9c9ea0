/** lib/recorded/results.md: what the committed runs show. */
import {
  audiovision,
  AV_EXPERIMENTS,
  avConclusions,
  avRivals,
  bestEpochSentences,
  lowerBoundSentences,
  primarySentence,
  recordedAvMnist,
  recordedAvRivals,
  recordedAvTuning,
  recordedDeclared,
  rowSentences,
  weightsSentences,
  type AvExperimentName,
} from '@mckd/lib/avmnist';
import { mean } from '@mckd/lib/base';
import {
  ablationConclusions,
  ablations,
  bratsConclusions,
  comparison,
  dedicated,
  dedicatedConclusions,
  recordedAblations,
  recordedBrats,
  recordedDedicated,
  recordedRivals,
  recordedStandardRivals,
  recordedTuning,
  rivalConclusions,
  rivals,
  type BratsRun,
} from '@mckd/lib/brats';
import { recordedParity } from '@mckd/lib/checks';
import { buildConfig } from '@mckd/lib/config';
import { runsOf } from '@mckd/lib/experiment';
import { bullets, head, madeBy, tables } from './page';

export function resultsPage(): string {
  return [
    head(
      'Results',
      'What the committed runs show. Sentences and tables are computed from the runs in this folder; a published number that ' +
        'could not be confirmed is shown as "not verified".',
    ),
    parity(),
    audiovisionMnist(),
    subsets(),
    rivalMethods(),
    rivalMethodsAtStandard(),
    singleScans(),
    ablated(),
  ].join('\n');
}

function parity(): string {
  return `## The network, its losses, gradients and steps against the authors' code

\`npm run parity\` fills weights and inputs by a reproducible rule, and compares losses, logits, the gradient of every parameter, the meta
step and six training steps with those of the authors' PyTorch code in float64. It runs the kit's functions twice: in float32, as in
training, and in double precision, where rounding hides nothing. Its last line:

> ${recordedParity().summary}

Gradient norms have their own rule in float32: near a tie, the sign of a leaky ReLU or the winner of a max pool depends on the last bit, so
a norm is off by about one part in a thousand in any float32 code. PyTorch's own misses the bound (1e-3, or five times the reference's
float32 error, parameter by parameter) for some parameters, too, when it is run on another machine than the reference's
(\`python data-scripts/pytorch/check_reference.py lib/checks/parity/brats-mckd.json --float32\`). So in float32 the norms are judged as a
group (at most a fifth beyond, the median no more than five times the reference's), and in double precision each of them must be within 1e-5.
`;
}

function audiovisionMnist(): string {
  const results = recordedAvMnist();
  const { config, runs, data, manifest } = results;
  return `## Audiovision-MNIST, preset \`paper\`

${madeBy(manifest)}

${bullets(avConclusions(results))}
One of the 450 test pairs is ${(100 / 450).toFixed(2)} points. Published numbers are of the best epoch on *test*; the tables show that and the
choice on held-out pairs side by side.

${tables(audiovision(config).tables(runs, data))}
${tables([recordedAvTuning()])}
${everyAudiovisionRow()}
${declaredAudiovision()}`;
}

function everyAudiovisionRow(): string {
  const command = '`npx mckd experiment run av-rivals --preset paper`';
  const recorded = recordedAvRivals();
  if (!recorded) return `### Every row of the published tables\n\n${command}, not recorded.\n`;
  const { runs, config, manifest } = recorded;
  return `### Every row of the published tables

${madeBy(manifest)}

${bullets(rowSentences({ config, runs, data: manifest.data }))}
${tables(avRivals(config).tables(runs, manifest.data))}`;
}

/** One question each: the recorded answers, and the questions that are still open. */
function declaredAudiovision(): string {
  const names = Object.keys(AV_EXPERIMENTS) as AvExperimentName[];
  return [
    '### One question each\n\nHypothesis and primary outcome of these experiments are written in the kit before they run.\n',
    bullets([...lowerBoundSentences(), ...bestEpochSentences(), ...weightsSentences()]),
    ...names.map((name) => {
      const recorded = recordedDeclared(name);
      const { title, hypothesis } = AV_EXPERIMENTS[name](buildConfig('paper')).declaration;
      if (!recorded)
        return bullets([
          `**${title}**, \`npx mckd experiment run ${name} --preset paper\`, not recorded. Hypothesis: ${hypothesis}.`,
        ]);
      const { runs, config, manifest } = recorded;
      const experiment = AV_EXPERIMENTS[name](config);
      const found = primarySentence({ ...experiment, runs });
      return `${bullets([`**${title}.** ${found}`])}\n${madeBy(manifest)}\n\n${tables(experiment.tables(runs, manifest.data))}`;
    }),
  ].join('\n');
}

function subsets(): string {
  const { config, runs, manifest } = recordedBrats();
  return `## Fifteen subsets of scans on phantoms, preset \`standard\`

${madeBy(manifest)} ${minutesOf(runs)}

${bullets([...bratsConclusions(runs), featuresAgree(runs)])}
What that says of the paper's claims is in [claims](claims.md).
Three networks of the comparison, the first seed of each method, are in the kit (\`brats-standard/weights\`, sha256 in \`weights.json\`):
\`npx mckd segment --checkpoint recorded:mckd\`.

${tables(comparison(config).tables(runs, manifest.data))}
${tables([recordedTuning()])}`;
}

function rivalMethods(): string {
  const recorded = recordedRivals();
  return `## All methods on phantoms, preset \`${recorded.config.preset}\`

${rivalRuns(
  recorded,
  `Each method is trained by its own recipe, shortened ([what differs](deviations.md)): at this length the rates of seven were raised (see there). A network of each rival, first seed, is in the kit
(\`brats-rivals/weights\`): \`npx mckd segment --checkpoint recorded:rfnet\`.

`,
)}`;
}

/** Until its runs are recorded, the command alone. */
function rivalMethodsAtStandard(): string {
  const recorded = recordedStandardRivals();
  const runs = recorded
    ? rivalRuns(recorded)
    : '`npx mckd experiment run rivals --preset standard`, not recorded.\n';
  return `## All methods on phantoms, preset \`standard\`: 3,000 steps\n\n${runs}`;
}

function rivalRuns(
  { config, runs, manifest }: ReturnType<typeof recordedRivals>,
  remark = '',
): string {
  const experiment = rivals(config);
  return `${madeBy(manifest)} ${minutesOf(runs)}

${bullets(rivalConclusions(experiment.arms, runs))}
${remark}${tables(experiment.tables(runs, manifest.data))}`;
}

/** Until its runs are recorded, the command alone. */
function singleScans(): string {
  const recorded = recordedDedicated();
  if (!recorded) {
    return `## Single scans on phantoms, preset \`quick\`

Networks trained for one scan beside those of all subsets: \`npx mckd experiment run dedicated --preset quick\`, not recorded.
`;
  }
  const { config, runs, manifest } = recorded;
  return `## Single scans on phantoms, preset \`${config.preset}\`

${madeBy(manifest)} ${minutesOf(runs)}

${bullets(dedicatedConclusions(runs))}
${tables(dedicated(config).tables(runs, manifest.data))}`;
}

function minutesOf(runs: readonly BratsRun[]): string {
  const minutes = runs.flatMap(({ seconds }) => seconds.training ?? []).map((s) => s / 60);
  if (minutes.length === 0) return '';
  return `A training took ${Math.min(...minutes).toFixed(0)} to ${Math.max(...minutes).toFixed(0)} minutes.`;
}

/** The effect of distillation on the features, by L_KD. */
function featuresAgree(runs: readonly BratsRun[]): string {
  const curves = runsOf(runs, 'mckd').map((run) => run.curves.losses.distillation);
  const meanAt = (end: 0 | -1): string =>
    mean(curves.flatMap((curve) => curve.at(end) ?? [])).toPrecision(2);
  return (
    `**L_KD of MCKD**, mean of the first and of the last ${runs[0].curves.stride} steps: ${meanAt(0)} → ${meanAt(-1)}: the features of the four scans become similar; ` +
    'notebooks 04 and 07 show that those of different patients do, too.'
  );
}

function ablated(): string {
  const { config, runs, manifest } = recordedAblations();
  return `## Ablations on phantoms, preset \`standard\`

${madeBy(manifest)}

${bullets(ablationConclusions({ config, runs }))}
So nothing is shown for or against any setting; such short trainings find the tumours late, or not at all, and seeds differ more than settings do.

${tables(ablations(config).tables(runs, manifest.data))}`;
}
