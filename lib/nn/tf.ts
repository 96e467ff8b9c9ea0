/**
 * The one door to TensorFlow. Everything in the lib imports `tf` from here, so that the process holds one tfjs.
 *
 * Defaults of TensorFlow and the C library that depend on the machine, and what is done about each. A value that the
 * user has set always stays.
 *
 * | what                   | where it differs                      | here                                              |
 * | ---------------------- | ------------------------------------- | ------------------------------------------------- |
 * | oneDNN                 | off without AVX512_VNNI, AVX512_BF16, | on, by the addon's front (data-scripts/setup/     |
 * |                        | AVX_VNNI or AMX: Conv3D's gradients   | environment/addon-front.cc), also for a process   |
 * |                        | take 50 to 100 times as long          | that loads tfjs without the lib                   |
 * | start-up log, a GPU's  | one process takes the whole card      | likewise: no log, as much memory as is used       |
 * | memory                 |                                       |                                                   |
 * | threads of an op       | every core of the machine, in a       | `usableCores()`: 64 threads on 2 cores take 3     |
 * |                        | container with a CPU quota, too       | times the processor time of 2                     |
 * | threads between ops    | every core                            | left: ops run one after another, they stay idle   |
 * | denormal numbers       | nowhere: flushed to zero in every op  | the kit's kernels inherit it; a test holds them   |
 * |                        |                                       | to it. JavaScript keeps them                      |
 * | float32 in bf16        | ONEDNN_DEFAULT_FPMATH_MODE, which     | left, and shown by `doctor`, the versions' table  |
 * |                        | images of clouds set; obeyed only by  | and the manifest                                  |
 * |                        | processors with bf16                  |                                                   |
 * | TF32                   | NVIDIA cards since Ampere: on         | left, as PyTorch's convolutions have it;          |
 * |                        |                                       | NVIDIA_TF32_OVERRIDE=0 turns it off, and is shown |
 * | malloc's arenas        | 8 per core                            | left: 64 threads in 512 arenas take 3 % more      |
 * |                        |                                       | memory than in 2                                  |
 * | huge pages             | by the system's setting               | left: 6 to 8 % less time for half the page faults,|
 * |                        |                                       | and only to be had before the process starts      |
 */
import { availableParallelism } from 'node:os';
import { usableCores } from '../base/machine';

const cores = usableCores();
if (cores < availableParallelism()) process.env.TF_NUM_INTRAOP_THREADS ??= String(cores);

import * as tf from '@tensorflow/tfjs-node-gpu';

export { tf };
