/**
 * The one door to TensorFlow. Everything in the lib imports `tf` from here, so that the process
 * holds one tfjs, and so that TensorFlow's start-up log lines are silenced before it is loaded.
 */
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

import * as tf from '@tensorflow/tfjs-node-gpu';

export { tf };
