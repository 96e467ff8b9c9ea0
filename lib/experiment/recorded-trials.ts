/** Trials of settings, with what they were made on: `mckd tune` leaves them in results/, `mckd record` keeps them with the kit. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Config } from '../config';
import { dataFactsShape, type DataFacts } from '../datasets/provenance';
import { ReaderError } from '../base/errors';
import { readRecord } from '../base/json-record';
import {
  declare,
  declaredShape,
  requireSameExperiment,
  type Declared,
  type RecordOptions,
} from './recorded-runs';
import { writeFileWhole } from '../base/write-file';

type TrialsData = DataFacts & { sha256: string };

/** The kit's first trials do not say how they were made. */
type Trials<Trial> = { trials: Trial[] } & Partial<Declared<TrialsData>>;

export interface TrialsToWrite<Trial> {
  command: string;
  /** That the trials change. */
  config: Config;
  data: TrialsData;
  trials: readonly Trial[];
  /** The kit's root. */
  root: string;
}

export function writeTrials<Trial>(
  file: string,
  { command, config, data, trials, root }: TrialsToWrite<Trial>,
): void {
  const content = { ...declare(command, config, data, root), trials };
  writeFileWhole(file, `${JSON.stringify(content, null, 2)}\n`);
}

export interface TrialsOptions<Trial> {
  trial: z.ZodType<Trial>;
  /** What makes them, for messages. */
  command: string;
}

/** @throws ReaderError naming the file, when it is missing or broken */
export function readTrials<Trial>(file: string, options: TrialsOptions<Trial>): Trial[] {
  return read(file, options).trials;
}

function read<Trial>(file: string, { trial, command }: TrialsOptions<Trial>): Trials<Trial> {
  const data = z.strictObject({ sha256: z.string(), ...dataFactsShape });
  const schema = z
    .strictObject({ ...declaredShape, data })
    .partial()
    .extend({ trials: z.array(trial) });
  try {
    const fix = `make it: ${command}; or, where it is one of the kit’s, check it out again`;
    return readRecord(schema, file, { fix });
  } catch (error) {
    throw new ReaderError(
      `${file} cannot be read: ${(error as Error).message}`,
      { file },
      { cause: error },
    );
  }
}

/**
 * Copies what `writeTrials` left.
 * @throws ReaderError as `readTrials`, and where `file` holds trials of another preset, other settings or other data
 */
export function recordTrials<Trial>(
  from: string,
  file: string,
  of: TrialsOptions<Trial>,
  options: RecordOptions = {},
): Trial[] {
  const { trials, config, data } = read(from, of);
  if (!config || !data) {
    throw new ReaderError(`${from} does not say how it was made; make it: ${of.command}`, {
      file: from,
      field: 'config',
    });
  }
  requireSameExperiment(file, { config, data }, options);
  writeFileWhole(file, readFileSync(from), { flush: true });
  return trials;
}
