/** The scores of a trained network, case by case: what is scored is kept, so that scoring can be stopped and resumed. */
import { existsSync, readFileSync } from 'node:fs';
import type { CaseFiles } from '../datasets/brats';
import { openJsonlLog } from '../base/jsonl-log';
import { MODALITY_SUBSETS } from '../base/modality';
import { sha256 } from '../base/sha256';
import type { BratsTrainingConfig } from '../config';
import { openSteps } from '../graph/steps';
import { openPrepared, type PreparedCases } from '../loading/prepared';
import { loadTraining } from './checkpoint/training';
import type { BratsData } from './data-set';
import { scoreCase, type CaseScores, type ScoreOptions } from './evaluate';
import { checkpointFile, scoredFile } from './folder-files';
import { networkSize } from './network-size';
import type { BratsScores } from './run-record';
import { voxelSizeOfCase } from './training-data';
import { disposeTraining, type Training } from './training';

interface ScoredCase {
  set: 'test' | 'metaValidation';
  name: string;
  dice: number[][];
  /** Of test cases. */
  hd95?: number[][];
  calibration?: number[];
  seconds: number;
}

export type TrainingScores = Required<
  Pick<BratsScores, 'test' | 'metaValidation' | 'hd95' | 'calibration' | 'network'>
> & { checkpointSha256: string; seconds: number };

export interface ScoringEvent {
  kind: 'evaluation';
  /** Cases scored, of the total. */
  done: number;
  total: number;
}

/**
 * Scores the network of a folder on test and meta-validation cases; nothing if aborted, which takes effect within a tile.
 * Cases that an earlier call has scored with the same checkpoint are not scored again.
 */
export async function* scoreTraining(
  folder: string,
  data: BratsData,
  config: BratsTrainingConfig,
  signal: AbortSignal | undefined,
): AsyncGenerator<ScoringEvent, TrainingScores | undefined> {
  const checkpointSha256 = sha256(readFileSync(checkpointFile(folder)));
  const scored = scoredWith(folder, checkpointSha256);
  const cases = (['test', 'metaValidation'] as const).flatMap((set) =>
    data.cases
      .filter(({ name }) => data.splits[set].includes(name))
      .map((files) => ({ set, files })),
  );
  const total = cases.length;
  const has = (set: string, name: string): boolean =>
    scored.some((line) => line.set === set && line.name === name);
  const log = openJsonlLog(scoredFile(folder), scored.length > 0 ? scored.length + 1 : 0);
  const trained = await loadTraining(checkpointFile(folder));
  const { landmarks } = trained.origin;
  const prepared = openPrepared(data.cases, { normalisation: config.normalisation, landmarks });
  const steps = openSteps({ expected: total * MODALITY_SUBSETS.length });
  try {
    if (scored.length === 0) log.write({ checkpointSha256 });
    for (const { set, files } of cases) {
      if (has(set, files.name)) continue;
      const options = { tile: config.crop, steps, signal };
      const line = await scoreOne(trained, prepared, { set, files }, options);
      if (!line) return undefined;
      log.write(line);
      scored.push(line);
      yield { kind: 'evaluation', done: scored.length, total };
    }
    return { ...gathered(scored), network: networkSize(trained, config.crop), checkpointSha256 };
  } finally {
    log.close();
    steps.dispose();
    disposeTraining(trained);
  }
}

/** Lines of the cases that were scored with this checkpoint. */
function scoredWith(folder: string, checkpointSha256: string): ScoredCase[] {
  const file = scoredFile(folder);
  if (!existsSync(file)) return [];
  // A kill can leave a partial line at the end.
  const [first, ...lines] = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  if (first !== JSON.stringify({ checkpointSha256 })) return [];
  return lines.map((line) => JSON.parse(line) as ScoredCase);
}

/** Nothing if aborted. */
async function scoreOne(
  trained: Training,
  prepared: PreparedCases,
  { set, files }: { set: ScoredCase['set']; files: CaseFiles },
  options: ScoreOptions,
): Promise<ScoredCase | undefined> {
  const started = performance.now();
  const whole = await prepared.whole(files.name);
  // Settings are chosen by Dice alone.
  const voxelSize = set === 'test' ? await voxelSizeOfCase(files) : undefined;
  let scores: CaseScores;
  try {
    scores = await scoreCase(trained, whole, { ...options, voxelSize });
  } catch (error) {
    if (options.signal?.aborted) return undefined;
    throw error;
  }
  const { dice, hd95, calibration } = scores;
  return {
    ...{ set, name: files.name, dice: rounded(dice, 4) },
    ...(hd95 ? { hd95: rounded(hd95, 2), calibration: rounded([calibration], 6)[0] } : {}),
    seconds: (performance.now() - started) / 1000,
  };
}

const rounded = (rows: readonly number[][], digits: number): number[][] =>
  rows.map((row) => row.map((value) => Number(value.toFixed(digits))));

function gathered(
  scored: readonly ScoredCase[],
): Omit<TrainingScores, 'network' | 'checkpointSha256'> {
  const of = <T>(set: ScoredCase['set'], value: (line: ScoredCase) => T | undefined) =>
    Object.fromEntries(
      scored.flatMap((line) => {
        const own = line.set === set ? value(line) : undefined;
        return own === undefined ? [] : [[line.name, own] as const];
      }),
    );
  return {
    test: of('test', ({ dice }) => dice),
    metaValidation: of('metaValidation', ({ dice }) => dice),
    hd95: of('test', ({ hd95 }) => hd95),
    calibration: of('test', ({ calibration }) => calibration),
    seconds: scored.reduce((total, { seconds }) => total + seconds, 0),
  };
}
