/** Steps that run as one function of TensorFlow. */
export {
  openSteps,
  type Computed,
  type Step,
  type StepResult,
  type Steps,
  type StepsOptions,
} from './steps';
export { runTrainingStep, type TrainingStep, type TrainingStepResult } from './training-step';
