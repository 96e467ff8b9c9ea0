/** From the finished trainings of an experiment to the shipped networks. */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadTraining } from './checkpoint/training';
import { saveWeights } from './checkpoint/weights';
import type { Config } from '../config';
import { REGIONS, type Region } from '../datasets/brats';
import { UserError } from '../base/errors';
import { sha256 } from '../base/sha256';
import { writeFileAtomic } from '../base/atomic-write';
import type { DataRef } from '../experiment/experiment';
import { cellOf } from '../experiment/cells';
import { cellFolder, finishedRun, runFile } from '../experiment/store';
import type { BratsExperiment, RivalArm } from './experiments/arms';
import { checkpointFile } from './folder-files';
import { brats } from './problem';
import { WEIGHTS_LIST, type RecordedWeights } from './weights-list';
import { meanDice } from './scores';
import { disposeTraining } from './training';

/** Digits of the sha256 in a file's name. */
const NAME_DIGITS = 12;

export interface WeightsToRecord {
  experiment: BratsExperiment;
  /** Arms of the experiment. */
  methods: readonly RivalArm[];
  /** The experiment's; its seed is that of the shipped trainings. */
  config: Config;
  /** The experiment's, without the preset. */
  command: string;
  /** F16: rounded, in half the space. Default: F32. */
  dtype?: 'F32' | 'F16';
  /** Where its trainings lie. */
  directory: string;
  /** What they were trained on. */
  data: DataRef;
}

/**
 * Writes the network of every method's first seed, weights only, and the list of them. Their names contain their
 * sha256, so that they lie beside those of the old list until the new list replaces it by
 * one rename; files that it does not name are then deleted. Stopped anywhere, the folder has intact networks, all old or all new.
 *
 * @returns the list as `recordedWeights` gives it
 * @throws UserError if a method has no such finished training, or a file can't be written
 */
export async function recordWeights(
  options: WeightsToRecord,
  folder: string,
): Promise<RecordedWeights[]> {
  const { methods } = options;
  for (const method of methods) finishedFolder(method, options);
  const records: RecordedWeights[] = [];
  for (const method of methods) records.push(await recordOne(method, options, folder));
  writeList(folder, records);
  const named = new Set([WEIGHTS_LIST, ...records.map(({ file }) => basename(file))]);
  for (const name of readdirSync(folder)) if (!named.has(name)) rmSync(join(folder, name));
  return records;
}

function writeList(folder: string, records: readonly RecordedWeights[]): void {
  const named = records.map((one) => ({ ...one, file: basename(one.file) }));
  const list = `${JSON.stringify(named, null, 2)}\n`;
  writeFileAtomic(join(folder, WEIGHTS_LIST), list, { flush: true });
}

/** @throws UserError if the training of the config's first seed is missing, or not finished */
function finishedFolder(
  method: RivalArm,
  { experiment, config, command, directory, data }: WeightsToRecord,
): string {
  const cell = cellOf(experiment, method, config.seed);
  const own = cellFolder(brats, cell, { directory, data });
  const missing = [runFile(own), checkpointFile(own)].find((file) => !existsSync(file));
  if (missing === undefined) return own;
  throw new UserError(
    `${missing} is missing, so ${method}, seed ${config.seed}, with this config and these data is not fully trained; ` +
      `make it: ${command} --preset ${config.preset}`,
    { code: 'MISSING', file: missing, field: 'method', value: method },
  );
}

async function recordOne(
  method: RivalArm,
  options: WeightsToRecord,
  folder: string,
): Promise<RecordedWeights> {
  const directory = finishedFolder(method, options);
  const { preset } = options.config;
  const training = await loadTraining(checkpointFile(directory));
  const { config, seed, step, origin } = training;
  const { trainingData, landmarks } = origin;
  const unnamed = join(folder, `${method}.unnamed`);
  const facts = { method, preset, seed: String(seed), steps: String(step) };
  try {
    const state = training.model.state?.variables(training.state, config).weights;
    saveWeights(
      unnamed,
      { ...training.parameters, ...state },
      {
        ...facts,
        config: JSON.stringify(config),
        ...(trainingData ? { trainingData: JSON.stringify(trainingData) } : {}),
        ...(landmarks ? { landmarks: JSON.stringify(landmarks) } : {}),
      },
      options.dtype,
    );
  } finally {
    disposeTraining(training);
  }
  const content = readFileSync(unnamed);
  const sum = sha256(content);
  const file = join(folder, `${method}-${sum.slice(0, NAME_DIGITS)}.safetensors`);
  renameSync(unnamed, file);
  const run = finishedRun(brats, cellOf(options.experiment, method, seed), options);
  const dice = REGIONS.map((region) => [region, Number(meanDice(run, region).toFixed(2))]);
  return {
    method,
    preset,
    seed,
    config,
    steps: step,
    file,
    bytes: content.length,
    sha256: sum,
    dice: Object.fromEntries(dice) as Record<Region, number>,
    data: options.data,
    ...(trainingData ? { trainingData } : {}),
    command: `${options.command} --preset ${preset}`,
  };
}
