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
export {
  adamStep,
  initAdam,
  initSgd,
  sgdStep,
  type AdamOptions,
  type AdamState,
  type Optimizer,
  type OptimizerState,
  type SgdOptions,
  type SgdState,
  type StepRates,
} from './optimizers';
export { disposeAll, type NamedTensors, type Parameters } from './parameters';
export type { Precision } from './precision';
export { tf } from './tf';
export { KERNEL_NAMES, type Compute } from './compute';
