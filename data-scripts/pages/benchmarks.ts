/** lib/recorded/benchmarks.md: speed and memory, against PyTorch and on a GPU. */
import { existsSync } from 'node:fs';
import { quantile, readJson, shippedFile } from '@mckd/lib/base';
import { recordedSplits, splitsTable } from '@mckd/lib/brats';
import { describeHardware, type Hardware } from '@mckd/lib/report';
import type { BenchRow } from '../bench/compare';
import {
  benchTable,
  kindOf,
  meetsGoal,
  readRecordedBench,
  type BenchRecord,
  type RecordedBench,
} from '../bench/report';
import { head, tables } from './page';

/** The measurements on a GPU, made once. */
interface GpuRecord {
  commit: string;
  hardware: Hardware;
  peer: string;
  rows: BenchRow[];
  paperStep: {
    crop: number[];
    batch: number;
    ours: number[];
    peer: number[];
    blocksRunAgain: number[];
    cardMiB: number;
    cardMiBBlocksRunAgain: number;
  };
  parity: { float64: string; float32: string };
}

export function benchmarksPage(): string {
  return [
    head(
      'Speed and memory',
      '`npm run bench` compares the kit with the same work in PyTorch (`data-scripts/pytorch/network.py`), nibabel and NumPy: weights and inputs by ' +
        'the same rule, first checked to give the same value, then timed in turns; medians. Times are of one machine; ratios carry over to others.',
    ),
    onProcessors(),
    sharedOut(),
    onGpu(),
  ].join('\n');
}

function onProcessors(): string {
  const records = readRecordedBench(shippedFile('recorded', 'bench'));
  return `## On CPUs

${tables([benchTable(records)])}
${records.map((record) => missedOf(record, records.length > 1)).join('\n\n')}

${records.map(({ folder, machine }) => `![Seconds of a training step over crop and width, beside linear growth, ${kindOf(machine)}](bench/${folder}/cost.svg)`).join('\n\n')}

It takes an hour and a Python with \`data-scripts/pytorch/requirements.txt\`: \`MCKD_TORCH_PYTHON=python npm run bench\`; \`-- --quick\` checks in a
minute that it works, \`-- --only avx2\` limits both sides to AVX2 (\`DNNL_MAX_CPU_ISA\` and PyTorch's own switches), as on a processor without AVX-512. Each kind
of processor, by its instructions, has its own record (\`npx mckd record bench\`).

The speed comes from the kit's own kernels (\`lib/native/\`, C++, compiled by the set-up) for instance norm with shortcut and leaky ReLU, weight
standardisation, max pooling, small 2-D convolutions, dropout and the optimizers, one op where TensorFlow needs a dozen; a backward pass that frees memory as it
goes; and absent scans, volumes of zeros, that are encoded only once. On a GPU norms are TensorFlow's batch norm, the optimizer
runs on one vector and the rest is composed of TensorFlow's ops: less than 1,500 kernels a step. \`MCKD_KERNELS=fused\` does so on a CPU, \`composed\` without the
fused norms; tests compare the three. From the third step with the same modalities and sizes on, a step is one function
of TensorFlow instead of thousands of ops from JavaScript ([how a step runs](how-a-step-runs.md)), with the same bits on a processor; \`MCKD_STEPS=eager\` turns that off. \`--recompute\` (\`mckd train\`, \`mckd measure\`) keeps only the input of each
block and runs it again in the backward pass.

\`--precision bf16\` (\`mckd train\`, \`mckd measure\`) rounds what enters and leaves the convolutions and matrix products of training steps to bfloat16, for GPUs since
Ampere, where they then run in it; **its speed there was not measured.** On a processor they run in float32 on the rounded numbers, which shows what rounding does to a training
and saves nothing (TensorFlow's own bfloat16 gradient of a 3-D kernel gives wrong values on a processor). Losses of the first 200 steps of \`quick\`, one seed:

${records.flatMap(precisionPicture).join('\n\n')}

TensorFlow uses oneDNN on every processor, not only where it would by default (newer ones); a container gets as many threads as its CPU quota
grants, and what else depends on the machine is listed in \`lib/nn/tf.ts\`. Your own \`TF_ENABLE_ONEDNN_OPTS\`, \`TF_NUM_INTRAOP_THREADS\` or
\`DNNL_MAX_CPU_ISA\` win; the manifest and \`npm run doctor\` name them, and the doctor compares a training step with a matrix product: four times slower than
that predicts is a fault.
`;
}

/** None in an older record. */
function precisionPicture({ folder, machine }: RecordedBench): string[] {
  const there = existsSync(shippedFile('recorded', 'bench', folder, 'precision.svg'));
  return there
    ? [
        `![Loss over 200 steps in float32 and in bf16, ${kindOf(machine)}](bench/${folder}/precision.svg)`,
      ]
    : ['(Not recorded yet: `npm run bench -- --only precision`.)'];
}

function missedOf({ rows, machine }: BenchRecord, named: boolean): string {
  const missed = rows.filter((row) => meetsGoal(row) === false).map(({ work }) => work);
  const on = named ? ` on ${kindOf(machine)}` : '';
  return missed.length === 0
    ? `Every goal is met${on}.`
    : `Goals that are missed${on}: ${missed.join('; ')}.`;
}

function sharedOut(): string {
  return `## Many trainings on one machine

\`compare\`, \`ablate\`, \`tune\` and the notebooks distribute trainings over what the process may use (affinity, the CPU quota and memory limit of its control groups): as many
processes as are fastest for the number of trainings, no more than memory holds at the preset's estimated peak, and threads for the rest; on GPUs, one
process per GPU. \`--processes\` and \`--threads\`, or \`MCKD_PROCESSES\` and \`MCKD_THREADS\` for \`npm start\` and JupyterLab, override the plan. How much a second
thread gains was measured (\`npx mckd measure --split --steps 8\`):

${tables([splitsTable(recordedSplits().rows)])}`;
}

function onGpu(): string {
  const { commit, hardware, peer, rows, paperStep, parity } = readJson(
    shippedFile('recorded', 'gpu.json'),
  ) as GpuRecord;
  const [ours, theirs, again] = [paperStep.ours, paperStep.peer, paperStep.blocksRunAgain].map(
    (seconds) => quantile(seconds, 0.5),
  );
  const gib = (mib: number): string => (mib / 1024).toFixed(0);
  const machine = { quick: false, peer, hardware, minutes: 0 };
  const table = benchTable([{ rows, machine }]);
  return `## On a GPU

\`npm start -- --gpu\` runs the same code. Measured once, at ${commit}, on ${describeHardware(hardware)}; peer: ${peer}.

A step of the paper's size (${paperStep.crop.join(' x ')}, batch ${paperStep.batch}, full width) takes ${ours.toFixed(2)} s and ${gib(paperStep.cardMiB)} GiB of its memory, ${again.toFixed(2)} s and
${gib(paperStep.cardMiBBlocksRunAgain)} GiB with \`--recompute\`; PyTorch needs ${theirs.toFixed(3)} s on the same GPU. So the kit is fast on CPUs, and ${(ours / theirs).toFixed(1)} times slower than
PyTorch on that GPU. Sums there are in any order, so two runs differ in their last digits.

${tables([{ ...table, name: 'gpu', title: 'On that GPU', caption: 'Medians of runs in turn.' }])}
\`npm run parity\` there, in double precision and in single (TF32 off):

> ${parity.float64}

> ${parity.float32}
`;
}
