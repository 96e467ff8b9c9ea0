/** What a training knows of its optimizer, whichever it is. */
import type { tf } from './tf';
import { disposeAll, type NamedTensors, type Parameters } from './parameters';

/** What an optimizer keeps between steps. */
export interface OptimizerState {
  /** Variables by slot and parameter, such as `velocity`. */
  slots: Record<string, Parameters>;
  /** Steps of each parameter, where the optimizer counts them: a parameter without a gradient isn't counted. */
  counts: Record<string, number>;
}

/** What of a step changes from one to the next: a function of the step has the tensors as inputs. */
export interface StepRates {
  /** All by which the ops of the step may differ. */
  signature: string;
  /** The caller disposes of them. */
  tensors: readonly tf.Tensor[];
}

/** The optimizer of a training; pure but for the state that it is given. */
export interface Optimizer {
  /** Before the first step. The caller disposes of all its variables with `disposeOptimizerState`. */
  create(parameters: NamedTensors): OptimizerState;
  /** For the next step. */
  rates(state: OptimizerState, learningRate: number): StepRates;
  /** Moves parameters and slots in place; gradients and rates stay the caller's. Counts nothing. */
  step(
    parameters: Parameters,
    gradients: NamedTensors,
    state: OptimizerState,
    rates: StepRates,
  ): void;
}

export function disposeOptimizerState({ slots }: OptimizerState): void {
  Object.values(slots).forEach(disposeAll);
}

/** These parameters have been moved once more. */
export function countOptimizerStep({ counts }: OptimizerState, moved: readonly string[]): void {
  for (const name of moved) if (name in counts) counts[name] += 1;
}
