/** The experiments of the segmentation: their trainings, and what is shown of them. */
import { buildConfig, trainingSettings, type Config } from '../../config';
import { seedsFrom } from '../../experiment/experiment';
import { brats } from '../problem';
import { ablationArms, ablationBase } from './ablation-arms';
import { ablationFindings, ablationTable } from './ablation-table';
import { COMPARED, type BratsExperiment } from './arms';
import { singleScanArms } from './dedicated-arms';
import { dedicatedTables } from './dedicated-table';
import { baseOf, rivals } from './rivals';
import { comparisonFindings } from './conclusions';
import { subsetTable } from './subset-table';
import { TUNED, TUNING_PRESET, TUNING_SEED, tuningTable } from './tuning';

/** The same network trained on complete modalities, on random subsets, and with MCKD, over the 15 subsets. */
export function comparison({ seed, brats: settings }: Config): BratsExperiment {
  return {
    problem: brats,
    base: trainingSettings(settings),
    arms: COMPARED,
    seeds: seedsFrom(seed, settings.seeds),
    tables: (runs, data) => [
      ...(['test', 'metaValidation'] as const).map((set) => subsetTable(runs, { data, set })),
      comparisonFindings(runs, data),
    ],
  };
}

/** MCKD with one setting changed at a time. */
export function ablations(config: Config): BratsExperiment {
  return {
    problem: brats,
    base: ablationBase(config),
    arms: ablationArms(config),
    seeds: seedsFrom(config.seed, config.brats.ablations.seeds),
    tables: (runs, { description: data }) => [
      ablationTable({ config, runs }, { data }),
      ablationFindings({ config, runs }, { data }),
    ],
  };
}

/** Single scans: networks that are trained for one, and networks of all subsets. */
export function dedicated(config: Config): BratsExperiment {
  const base = baseOf(config);
  return {
    problem: brats,
    base,
    arms: singleScanArms(config, base),
    seeds: seedsFrom(config.seed, config.brats.seeds),
    tables: dedicatedTables,
  };
}

/** The choice of the short presets' distillation, on meta-validation cases and a seed that no table uses. */
export function tuning(): BratsExperiment {
  return {
    problem: brats,
    base: trainingSettings(buildConfig(TUNING_PRESET).brats),
    arms: TUNED,
    seeds: [TUNING_SEED],
    tables: (runs) => [tuningTable(runs)],
  };
}

/** Those that `mckd experiment run` takes, by name. */
export const EXPERIMENTS = { comparison, ablations, rivals, dedicated } as const;
export type ExperimentName = keyof typeof EXPERIMENTS;

export * from './ablation-arms';
export * from './ablation-table';
export * from './arms';
export * from './conclusions';
export * from './dedicated-arms';
export * from './dedicated-conclusions';
export * from './dedicated-table';
export * from './rivals';
export { rivalConclusions } from './rival-conclusions';
export { ranksOf } from './rival-tables';
export * from './subset-table';
export * from './tuning';
