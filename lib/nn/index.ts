/** TensorFlow, layers with their gradients, losses, optimizers. */
export { matMul } from './dense';
export { lossAndGradients } from './gradients';
export { usesGpu } from './kernels';
export { adamStep, initAdam, initSgd, sgdStep } from './optimizers';
export { disposeAll, type Parameters } from './parameters';
export { tf } from './tf';
