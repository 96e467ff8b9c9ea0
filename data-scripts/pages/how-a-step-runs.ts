/** lib/recorded/how-a-step-runs.md: what a training step is made of, op by op and as one function of TensorFlow. */
import { readJson, shippedFile } from '@mckd/lib/base';
import { opsOf, stepKindsTable, stepProfilesTable, type StepProfile } from '@mckd/lib/brats';
import { describeHardware } from '@mckd/lib/report';
import { kindOf, shownProfile, type RecordedStepOps } from '../bench/report';
import { head, tables } from './page';

export function howAStepRunsPage(): string {
  const { machine, profiles } = readJson(
    shippedFile('recorded', 'step-ops', 'step-ops.json'),
  ) as RecordedStepOps;
  const shown = shownProfile(profiles);
  if (!shown) throw new Error('step-ops.json has no profile of full width with the kit’s kernels');
  return [
    head(
      'How a training step runs',
      'A step of training is thousands of small computations. This page says how they get from JavaScript to TensorFlow, and how many there are. ' +
        'Notebook [02](../../notebooks/02-baseline-training.ipynb) counts those of its own step.',
    ),
    opByOp(shown),
    recording(),
    asFunction(profiles),
    `Measured by \`npm run bench -- --only ops\` on ${describeHardware(machine.hardware)} (${kindOf(machine)}). Counts hold on every CPU, times on that one.\n`,
  ].join('\n');
}

function opByOp(profile: StepProfile): string {
  const { opByOp: timed, width, crop } = profile;
  const computing = timed.ops.reduce((sum, { seconds }) => sum + seconds, 0);
  const rest = 100 * (1 - computing / timed.seconds);
  return `## Op by op

TensorFlow computes ops: a convolution, a sum, a product of two tensors, each by its *kernel*, compiled code for the processor or the GPU. JavaScript names
an op and its inputs, TensorFlow computes and hands the result back, and then comes the next. What looks like one line in the library is many: the forward pass,
what its gradients need of it backwards, and the optimizer. One step at width ${width}, crop ${crop.join(' x ')}, takes ${opsOf(profile)} ops; ${timed.kernels} of them compute, the rest give the same
values another shape. JavaScript's own part is ${rest.toFixed(0)} % of its time.

![Each kind of op: its share of the ops of a step and of its time](step-ops/step-ops.svg)

${tables([stepKindsTable(profile)])}
The convolutions are the work itself. The more a step has of the others, and the smaller its tensors, the more of its time is spent on handing over: at a
narrow width, and on a GPU, which computes faster than JavaScript names ops.
`;
}

function recording(): string {
  return `## A recording

All ops pass one place, the binding between tfjs-node and TensorFlow (\`lib/graph/record.ts\`). A recorded step runs as ever, and beside that it is written down: each op
with its attributes, which results it reads, and the tensors that JavaScript made on the way, such as a constant. What comes from outside, images,
weights, the learning rate, is an *input*. A step that reads a value of a tensor can't be recorded, since JavaScript could decide by it what to do next.

The first two steps of a kind (the same scans available, the same sizes) are both recorded and compared, node by node. A number that differs
depends on something that is not an input, and it would stay as it was: this is an error that names op and number. Where both are equal, the
recording describes all steps to come.
`;
}

function asFunction(profiles: readonly StepProfile[]): string {
  const ratios = profiles.flatMap(({ opByOp, asFunction }) =>
    asFunction ? [asFunction.seconds / opByOp.seconds] : [],
  );
  return `## A function

The recording is written as a graph (\`lib/graph/graph-def.ts\`), without ops that no loss and no new weight depends on, such as the gradient of a scan, and added to
TensorFlow as a function. Its name then works like an op's: JavaScript
hands over **one op** with all weights as inputs, and gets the losses and the new weights back; TensorFlow does the rest in the recorded order, with the same kernels, so a
step gives the same bits on a processor. The weights change only if all losses and gradients are finite.

${tables([stepProfilesTable(profiles)])}
So a step takes ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} of its time op by op. Runs of a few steps stay op by op, as making a function takes as long as some steps;
\`MCKD_STEPS=eager\` runs every step op by op, for comparison ([speed and memory](benchmarks.md)).
`;
}
