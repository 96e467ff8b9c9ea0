/** Steps that run as one function of TensorFlow. */
export {
  openSteps,
  type CompiledStep,
  type Computed,
  type Step,
  type StepResult,
  type Steps,
  type StepsOptions,
} from './steps';
export { timeOps, type OpTime, type TimedOps } from './time-ops';
export { runTrainingStep, type TrainingStep, type TrainingStepResult } from './training-step';
