/** The schedule: the two stages, their learning rate, their meta events. */
import type { BratsTrainingConfig } from '../config';

/** The position of a training. */
export interface Position {
  /** Training steps done before this one, over both stages: 0, 1, 2, ... */
  step: number;
  stage: 1 | 2;
  /** The iteration of the authors' loop. Stage two starts with the last one of stage one again. */
  iteration: number;
  /** The iteration at which the stage ends. */
  until: number;
  learningRate: number;
  /** Whether a meta event follows the step. */
  meta: boolean;
}

/** Steps of a stage. */
export function stageSteps({ stageOne, stageTwo }: BratsTrainingConfig, stage: 1 | 2): number {
  if (stage === 1) return stageOne.until;
  return Math.max(0, stageTwo.until - stageOne.until + repeated({ stageOne }));
}

/** Stage two repeats the last iteration of stage one, if there is a stage one. */
function repeated({ stageOne }: Pick<BratsTrainingConfig, 'stageOne'>): 0 | 1 {
  return stageOne.until > 0 ? 1 : 0;
}

/** Steps of both stages. */
export function trainingSteps(config: BratsTrainingConfig): number {
  return stageSteps(config, 1) + stageSteps(config, 2);
}

type Schedule = Pick<
  BratsTrainingConfig,
  'learningRate' | 'decay' | 'decayPower' | 'decayFactor' | 'epoch'
>;

/** The learning rate of an iteration, with the stage's own end: see `DECAYS`. */
export function learningRateAt(
  iteration: number,
  until: number,
  { learningRate, decay, decayPower, decayFactor, epoch }: Schedule,
): number {
  const epochs = Math.floor(iteration / epoch);
  const left = (done: number): number => learningRate * (1 - done / until) ** decayPower;
  switch (decay) {
    case 'iterations':
      return left(iteration);
    case 'epochs':
      return Number(left(epochs * epoch).toFixed(8));
    case 'nextEpoch':
      return left(Math.min(until, (epochs + 1) * epoch));
    case 'steps':
      return learningRate * decayFactor ** epochs;
  }
}

/** The position of step 0, 1, 2, ... */
export function positionAt(step: number, config: BratsTrainingConfig): Position {
  const stage = step < config.stageOne.until ? 1 : 2;
  const iteration = stage === 1 ? step : step - repeated(config);
  const { until, metaEvery } = stage === 1 ? config.stageOne : config.stageTwo;
  return {
    step,
    stage,
    iteration,
    until,
    learningRate: learningRateAt(iteration, until, config),
    meta: config.distillationWeight > 0 && config.metaRepeats > 0 && iteration % metaEvery === 0,
  };
}
