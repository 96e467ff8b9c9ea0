/** TensorFlow, layers with their gradients, losses, optimizers. */
export { matMul } from './dense';
export {
  lossAndGradients,
  type Loss,
  type LossAndGradients,
  type ValueAndGradients,
  type NonFinite,
} from './gradients';
export { usesGpu, type Kernels } from './kernels';
export { adamStep, initAdam, type AdamOptions, type AdamState } from './adam';
export type { Optimizer, OptimizerState, StepRates } from './optimizer';
export { initSgd, sgdStep, type SgdOptions, type SgdState } from './sgd';
export { disposeAll, type NamedTensors, type Parameters } from './parameters';
export type { Precision } from './precision';
export { tf } from './tf';
export { KERNEL_NAMES, type Compute } from './compute';
