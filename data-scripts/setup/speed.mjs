/**
 * The training speed of this machine. As a program, it prints as JSON the time of one training step of preset `quick` and
 * that of a matrix product. Both run on one CPU thread and are measured in CPU time, so that neither
 * the number of cores nor other programs change their ratio. `doctor` starts it: TensorFlow's settings are per process.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const SIZE = 512;
const PRODUCTS = 20;

/** Seconds of CPU time of `work`. */
function processorSeconds(work) {
  const { user, system } = process.cpuUsage();
  work();
  const after = process.cpuUsage();
  return (after.user - user + after.system - system) / 1e6;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/**
 * @typedef {{cores: number, gflops: number, step: number, steps: number}} Speed usable cores; operations per second of the
 * product, in 10^9; seconds of a step; steps of all trainings of `npm start`
 * @returns {Speed}
 */
function measure() {
  const require = createRequire(import.meta.url);
  const { tf } = require('@mckd/lib/nn');
  const { buildConfig } = require('@mckd/lib/config');
  const { usableCores } = require('@mckd/lib/base');
  const { ablations, comparison, measureSteps, WARM_UP_STEPS } = require('@mckd/lib/brats');
  const { cellsOf } = require('@mckd/lib/experiment');
  const config = buildConfig('quick');
  const { brats, seed } = config;
  const a = tf.randomUniform([SIZE, SIZE]);
  const products = () => {
    for (let i = 0; i < PRODUCTS; i++) {
      const result = tf.matMul(a, a);
      result.dataSync();
      result.dispose();
    }
  };
  const training = measureSteps(brats, seed, WARM_UP_STEPS + 3);
  products();
  const first = processorSeconds(() => training.next());
  // For steps so slow the first one is enough.
  const slow = first > 20;
  // Until the step is one function of TensorFlow, as nearly all steps of a training are.
  for (let step = 1; step < WARM_UP_STEPS && !slow; step++) training.next();
  const [productTimes, stepTimes] = [[], []];
  do {
    productTimes.push(processorSeconds(products));
    if (!slow) stepTimes.push(processorSeconds(() => training.next()));
  } while (stepTimes.length > 0 && stepTimes.length < 3);
  training.return();
  return {
    cores: usableCores(),
    gflops: (2 * SIZE ** 3 * PRODUCTS) / median(productTimes) / 1e9,
    step: stepTimes.length > 0 ? median(stepTimes) : first,
    steps:
      cellsOf(comparison(config)).length * brats.stageTwo.until +
      cellsOf(ablations(config)).length * brats.ablations.stageTwo.until,
  };
}

/**
 * As one function, a step of `quick` takes as long as about 11 x 10^9 operations of the product. Measured as above, the
 * median of three runs, on a Xeon with AVX-512: 14 there, 10.6 limited to AVX2, 9.2 limited to SSE4.1 (DNNL_MAX_CPU_ISA);
 * and without oneDNN 2650, by the first step, op by op.
 */
const STEP_GFLOP = 11;
/** A machine this many times slower has a problem. */
const TOO_SLOW = 4;
/**
 * Processor time of `npm start` over that of its training steps alone: crops, meta events, making functions, scoring and
 * Audiovision-MNIST. Measured on that Xeon at `quick`: MCKD's training of 700 steps with its scoring 237 s, an ablation
 * of 150 steps 77 s, notebook 06 278 s, so 3.9 times its 3,900 steps of 0.126 s; the rest are the other notebooks.
 */
const REST = 4;
/** Number of trainings in parallel. */
const MOST_CORES = 12;

/** From the measured speed: expected seconds of a step, and minutes of `npm start`. @param {Speed} speed */
export function judgeSpeed({ cores, gflops, step, steps }) {
  const expected = STEP_GFLOP / gflops;
  const minutes = (REST * steps * step) / Math.min(cores, MOST_CORES) / 60;
  return { expected, times: step / expected, slow: step > TOO_SLOW * expected, minutes };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.env.TF_NUM_INTRAOP_THREADS = '1';
  process.env.CUDA_VISIBLE_DEVICES = '';
  console.log(`\n${JSON.stringify(measure())}`);
}
