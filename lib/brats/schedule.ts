/** The schedule: the two stages, their learning rate, their meta events. */
import type { BratsTrainingConfig } from '../config';

/** The position of a training. */
export interface Position {
  /** Training steps done before this one, over both stages: 0, 1, 2, ... */
  step: number;
  stage: 1 | 2;
  /** The iteration of the authors' loop. Stage two starts with the last one of stage one again. */
  iteration: number;
  learningRate: number;
  /** Whether a meta event follows the step. */
  meta: boolean;
}

/** Steps of a stage. */
export function stageSteps({ stageOne, stageTwo }: BratsTrainingConfig, stage: 1 | 2): number {
  return stage === 1 ? stageOne.until : Math.max(0, stageTwo.until - stageOne.until + 1);
}

/** Steps of both stages. */
export function trainingSteps(config: BratsTrainingConfig): number {
  return stageSteps(config, 1) + stageSteps(config, 2);
}

/** lr (1 - iteration / until)^power, with the stage's own end. */
export function learningRateAt(
  iteration: number,
  until: number,
  { learningRate, decayPower }: Pick<BratsTrainingConfig, 'learningRate' | 'decayPower'>,
): number {
  return learningRate * (1 - iteration / until) ** decayPower;
}

/** The position of step 0, 1, 2, ... */
export function positionAt(step: number, config: BratsTrainingConfig): Position {
  const stage = step < config.stageOne.until ? 1 : 2;
  const iteration = stage === 1 ? step : step - 1;
  const { until, metaEvery } = stage === 1 ? config.stageOne : config.stageTwo;
  return {
    step,
    stage,
    iteration,
    learningRate: learningRateAt(iteration, until, config),
    meta: config.distillationWeight > 0 && config.metaRepeats > 0 && iteration % metaEvery === 0,
  };
}
