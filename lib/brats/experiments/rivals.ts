/** MCKD, its baselines and its rivals, each trained by its own recipe on the same number of crops. */
import { existsSync } from 'node:fs';
import { shippedFile } from '../../base/shipped-file';
import { bratsMethod, trainingSettings, type BratsTrainingConfig, type Config } from '../../config';
import { seedsFrom } from '../../experiment/experiment';
import { runsOf } from '../../experiment/metrics';
import { brats } from '../problem';
import { recordedRivals } from '../recorded';
import { trainingSteps } from '../schedule';
import { COMPARED, RIVALS, type BratsArm, type BratsExperiment } from './arms';
import { rivalTables } from './rival-tables';

/** At `standard` twice the steps of that preset: 3,000 iterations. */
const LENGTHENED = 2;

export function baseOf({ preset, brats: settings }: Config): BratsTrainingConfig {
  const base = trainingSettings(settings);
  if (preset !== 'standard') return base;
  const { stageOne, stageTwo } = base;
  return {
    ...base,
    stageOne: { ...stageOne, until: LENGTHENED * stageOne.until },
    stageTwo: { ...stageTwo, until: LENGTHENED * stageTwo.until },
  };
}

/** A rival's recipe at the preset; but at `paper`, where each has its own length, with as many steps as the base. */
export function rivalArm(model: string, { preset }: Config, base: BratsTrainingConfig): BratsArm {
  const { title, recipe } = bratsMethod(model);
  const own = recipe[preset];
  if (preset === 'paper') return { key: model, title, changes: { ...own, model } };
  const single = own.stageOne?.until === 0;
  const length = single
    ? {
        stageTwo: { until: trainingSteps(base) },
        ...(preset === 'standard' && own.epoch ? { epoch: LENGTHENED * own.epoch } : {}),
      }
    : {};
  return { key: model, title, changes: { ...own, ...length, model } };
}

/** Of training and scoring, as far as there are recorded runs, whatever their preset: what counts is which are longer. */
function recordedSeconds(arm: string): number | undefined {
  if (!existsSync(RECORDED)) return undefined;
  const [run] = runsOf(recordedRivals(RECORDED).runs, arm);
  return run?.seconds.training && run.seconds.training + (run.seconds.evaluation ?? 0);
}

const RECORDED = shippedFile('recorded', 'brats-rivals');

/** Seeds of the rivals; the arms of the comparison have all. */
const RIVAL_SEEDS = 3;

/** All methods over the 15 subsets. */
export function rivals(config: Config): BratsExperiment {
  const base = baseOf(config);
  const arms: BratsArm[] = [
    ...COMPARED,
    ...RIVALS.map((model) => ({ ...rivalArm(model, config, base), seeds: RIVAL_SEEDS })),
  ];
  const seeds = config.preset === 'standard' ? 5 : config.brats.seeds;
  return {
    problem: brats,
    base,
    arms,
    seeds: seedsFrom(config.seed, seeds),
    secondsOf: recordedSeconds,
    sparse: true,
    tables: (runs, data) => rivalTables(arms, runs, data),
  };
}
