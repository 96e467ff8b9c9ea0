/** Steps that run as one function of TensorFlow. */
export { openSteps, type Step, type Steps } from './steps';
export { runTrainingStep, type TrainingStep } from './training-step';
