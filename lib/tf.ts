/**
 * The one door to TensorFlow. Everything in the lib imports `tf` from here, so that the process
 * holds one tfjs, and so that what TensorFlow reads at its start is set before it is loaded: no start-up log
 * lines, and only as much of a GPU's memory as is used, so that several notebooks share one card.
 */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';

import * as tf from '@tensorflow/tfjs-node-gpu';

export { tf };
