/** The experiments of Audiovision-MNIST: their trainings, and what is shown of them. */
import { avTrainingSettings, buildConfig, type Config } from '../config';
import { seedsFrom } from '../experiment/experiment';
import { alonePairedTable, aloneTable } from './alone-tables';
import { avArms, rivalArms } from './arms';
import { avMnist, type AvExperiment } from './problem';
import { comparisonTable, heldOutTable, pairedTable } from './results';
import { rivalAloneTable, rivalPairedTable, rivalTable } from './rivals';
import { TUNED, TUNED_CELL, TUNING_SEEDS, tuningTable } from './tuning';

/** What the experiments at all rates, in both cases, have in common. */
const atAllRates = ({
  seed,
  avMnist: settings,
}: Config): Pick<AvExperiment, 'problem' | 'base' | 'seeds'> => ({
  problem: avMnist,
  base: avTrainingSettings(settings, TUNED_CELL),
  seeds: seedsFrom(seed, settings.seeds),
});

/** Two bounds and three methods at every rate, in both cases. */
export function audiovision(config: Config): AvExperiment {
  return {
    ...atAllRates(config),
    arms: avArms(config.avMnist),
    tables: (runs, data) =>
      config.avMnist.scarce.flatMap((scarce) =>
        [comparisonTable, heldOutTable, pairedTable, aloneTable, alonePairedTable].flatMap(
          (table) => table({ config, runs, data }, scarce) ?? [],
        ),
      ),
  };
}

/** At `quick` half as many, so that every row is trained within minutes. */
function fewerSeeds(config: Config): Config {
  if (config.preset !== 'quick') return config;
  const seeds = Math.ceil(config.avMnist.seeds / 2);
  return { ...config, avMnist: { ...config.avMnist, seeds } };
}

/** Every row of the published tables, at every rate, in both cases. */
export function avRivals(given: Config): AvExperiment {
  const config = fewerSeeds(given);
  return {
    ...atAllRates(config),
    arms: rivalArms(config),
    sparse: true,
    tables: (runs, data) =>
      config.avMnist.scarce.flatMap((scarce) => {
        const results = { config, runs, data };
        return [
          rivalTable(results, scarce, 'bestOnTest'),
          rivalTable(results, scarce, 'chosenOnHeldOut'),
          rivalAloneTable(results, scarce) ?? [],
          rivalPairedTable(results, scarce),
        ].flat();
      }),
  };
}

/** The choice of the settings that no paper states. */
export function avTuning(): AvExperiment {
  return {
    problem: avMnist,
    base: avTrainingSettings(buildConfig('paper').avMnist, TUNED_CELL),
    arms: TUNED,
    seeds: TUNING_SEEDS,
    tables: (runs) => [tuningTable(runs)],
  };
}
