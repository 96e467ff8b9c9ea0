/**
 * Checks that this Node runs the kit's dependencies: tfjs computes on TensorFlow with the kit's kernels, danfojs shares that
 * tfjs, and the notebooks' kernel loads. One line and exit code 1 if not.
 */
try {
  const tf = require('@tensorflow/tfjs-node-gpu');
  if (require('danfojs-node').tensorflow !== tf)
    throw new Error('danfojs-node does not share the tfjs of the kit');
  const ones = tf.ones([8, 8]);
  const sum = tf.tidy(() => tf.concat([ones, ones]).matMul(ones).sum().dataSync()[0]);
  if (sum !== 1024) throw new Error(`a matrix product gave ${sum}, not 1024`);
  if (!tf.backend().binding.mckdKernels) throw new Error("the kit's kernels are not registered");
  require('tslab');
  require('zeromq');
} catch (error) {
  console.log(String(error).split('\n')[0]);
  process.exitCode = 1;
}
