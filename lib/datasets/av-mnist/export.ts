/** Audiovision-MNIST as files for other programs: arrays for numpy, metadata as CSV and JSON, sources, checksums. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../../base/atomic-write';
import { UserError } from '../../base/errors';
import { sha256 } from '../../base/sha256';
import { tryPlace } from '../../base/try-place';
import { LIB_VERSION } from '../../base/version';
import { buildConfig, type AvModality } from '../../config';
import { encodeNpz, type NpyArray } from '../../formats/npz';
import { dataSource, type DataSource } from '../data-sources';
import { PROTOCOLS } from '../provenance';
import { avMnistOf, completePairs, type AvMnist, type AvMnistPairs } from './avmnist';
import { parseRecordingName } from './fsdd';
import { mfcc, MFCC_SIZE } from './mfcc';
import { mnist, MNIST_SIDE } from './mnist';
import type { Recording } from './recording';
import { loadRecordings, type RecordingsOptions } from './recordings';

/** Files of an export, in the order of the checksums. */
const FILES = {
  arrays: 'av-mnist.npz',
  pairs: 'pairs.csv',
  metadata: 'metadata.json',
  readme: 'README.md',
  licences: 'LICENCES.md',
} as const;
const CHECKSUMS = 'SHA256SUMS';

const PARTS = ['train', 'test'] as const;
const SCARCE: readonly AvModality[] = ['speech', 'image'];

export interface AvMnistExport {
  folder: string;
  /** Names of the files. */
  files: string[];
  /** Of training and test together. */
  pairs: number;
  /** `synthetic`: the speech is no recording. */
  provenance: AvMnist['provenance'];
  /** Of the data, as results state it. */
  sha256: string;
}

/** One pair with all that is exported of it. */
interface Row {
  part: (typeof PARTS)[number];
  digit: number;
  imageIndex: number;
  recording: Recording;
}

/** complete[rate][seed]: of each training pair, 1 where it keeps the scarce modality. */
type CompletePairs = Record<AvModality, Uint8Array[][]>;

/**
 * Writes the 1,500 pairs into a folder: `av-mnist.npz`, `pairs.csv`, `metadata.json`, `README.md`, `LICENCES.md` and
 * `SHA256SUMS`. The speech is that of `loadRecordings`. The same data give the same bytes.
 *
 * @throws UserError as `loadRecordings`; or if the folder can't be written, or has other files than an earlier export
 */
export async function exportAvMnist(
  folder: string,
  options: RecordingsOptions = {},
): Promise<AvMnistExport> {
  requireOwnFolder(folder);
  const recordings = await loadRecordings(options);
  const data = avMnistOf(recordings);
  const byName = new Map(recordings.recordings.map((one) => [one.name, one]));
  const rows = PARTS.flatMap((part) => rowsOf(part, data[part], byName));
  const { avMnist } = buildConfig('paper');
  const { rates } = avMnist;
  const seeds = Array.from({ length: avMnist.seeds }, (_, seed) => seed);
  const complete = Object.fromEntries(
    SCARCE.map((scarce) => [
      scarce,
      rates.map((rate) =>
        seeds.map((seed) =>
          Uint8Array.from(completePairs(data.train, { scarce, rate, seed }), Number),
        ),
      ),
    ]),
  ) as CompletePairs;

  const arrays = arraysOf(rows, rates, seeds, complete);
  const sources = ['mnist', data.provenance === 'real' ? 'fsdd' : 'espeak-ng', 'smil-split'].map(
    dataSource,
  );
  const contents: Record<keyof typeof FILES, string | Uint8Array> = {
    arrays: encodeNpz(arrays),
    pairs: pairsCsv(rows, rates, complete),
    metadata: `${JSON.stringify(metadataOf(data, arrays, sources), null, 2)}\n`,
    readme: readme(data, arrays),
    licences: licences(sources),
  };
  const written = Object.entries(FILES).map(([what, name]) => ({
    name,
    content: contents[what as keyof typeof FILES],
  }));
  for (const { name, content } of written) writeFileAtomic(path.join(folder, name), content);
  // In the form that `sha256sum --check` reads.
  const sums = written.map(({ name, content }) => `${sha256(content)}  ${name}\n`).join('');
  writeFileAtomic(path.join(folder, CHECKSUMS), sums);
  return {
    folder,
    files: [...Object.values(FILES), CHECKSUMS],
    pairs: rows.length,
    provenance: data.provenance,
    sha256: data.sha256,
  };
}

/** The folder may be new, empty or an earlier export: no README of somebody else is replaced. */
function requireOwnFolder(folder: string): void {
  tryPlace(folder);
  const known = new Set<string>([...Object.values(FILES), CHECKSUMS]);
  const other = existsSync(folder)
    ? readdirSync(folder).find((name) => !known.has(name))
    : undefined;
  if (other === undefined) return;
  throw new UserError(
    `${folder} has other files than an export (${other}); give a new or empty folder`,
    { code: 'EXISTS', file: folder, field: '--export', value: other },
  );
}

function rowsOf(part: Row['part'], pairs: AvMnistPairs, byName: Map<string, Recording>): Row[] {
  return pairs.recordings.map((name, p) => ({
    part,
    digit: pairs.digits[p],
    imageIndex: pairs.imageIndices[p],
    recording: byName.get(name) as Recording,
  }));
}

/** The arrays, by the names that they have in the .npz. */
function arraysOf(
  rows: readonly Row[],
  rates: readonly number[],
  seeds: readonly number[],
  complete: CompletePairs,
): Record<string, NpyArray> {
  const count = rows.length;
  const pixels = MNIST_SIDE * MNIST_SIDE;
  const cells = MFCC_SIZE * MFCC_SIZE;
  const images = new Uint8Array(count * pixels);
  const coefficients = new Float32Array(count * cells);
  const starts = new Int32Array(count + 1);
  rows.forEach(({ part, imageIndex, recording }, p) => {
    images.set(mnist(part).pixels(imageIndex), p * pixels);
    coefficients.set(mfcc(recording.samples), p * cells);
    starts[p + 1] = starts[p] + recording.samples.length;
  });
  const waveforms = new Int16Array(starts[count]);
  // All are read from 16-bit files, so this is exact.
  rows.forEach(({ recording }, p) =>
    waveforms.set(
      Int16Array.from(recording.samples, (sample) => Math.round(sample * 32768)),
      starts[p],
    ),
  );
  const perPair = (values: NpyArray['values']): NpyArray => ({ shape: [count], values });
  const draws = (scarce: AvModality): NpyArray => {
    const each = complete[scarce].flat();
    const values = new Uint8Array(each.length * each[0].length);
    each.forEach((own, i) => values.set(own, i * own.length));
    return { shape: [rates.length, seeds.length, each[0].length], values, bool: true };
  };
  return {
    images: { shape: [count, MNIST_SIDE, MNIST_SIDE], values: images },
    mfcc: { shape: [count, MFCC_SIZE, MFCC_SIZE], values: coefficients },
    waveforms: { shape: [waveforms.length], values: waveforms },
    waveform_starts: { shape: [starts.length], values: starts },
    labels: perPair(Uint8Array.from(rows, ({ digit }) => digit)),
    split: perPair(rows.map(({ part }) => part)),
    image_files: perPair(rows.map(imageFile)),
    recording_files: perPair(rows.map(({ recording }) => `${recording.name}.wav`)),
    rates: { shape: [rates.length], values: Float64Array.from(rates) },
    seeds: { shape: [seeds.length], values: Int32Array.from(seeds) },
    complete_if_speech_scarce: draws('speech'),
    complete_if_image_scarce: draws('image'),
  };
}

/** As the published code names them, in a folder per part of MNIST. */
function imageFile({ part, imageIndex }: Row): string {
  return `${part}/${imageIndex}.png`;
}

/**
 * One line per pair. `complete_if_speech_scarce_0.05` lists the seeds for which the pair is complete at that rate; it is
 * empty for test pairs. No value has a comma or a quote.
 */
function pairsCsv(rows: readonly Row[], rates: readonly number[], complete: CompletePairs): string {
  const draws = SCARCE.flatMap((scarce) =>
    rates.map((rate, r) => ({
      title: `complete_if_${scarce}_scarce_${rate}`,
      of: complete[scarce][r],
    })),
  );
  const titles = ['pair', 'split', 'label', 'image_file', 'recording_file', 'speaker', 'samples'];
  const lines = rows.map((row, p) => {
    const { name, samples, sha256: sum } = row.recording;
    const speaker = parseRecordingName(name)?.speaker ?? '';
    const own = [p, row.part, row.digit, imageFile(row), `${name}.wav`, speaker, samples.length];
    // Training pairs come first, so their index is that into the draws.
    const seeds = draws.map(({ of }) =>
      of.flatMap((kept, seed) => (kept[p] ? [seed] : [])).join(' '),
    );
    return [...own, sum, ...seeds].join(',');
  });
  return `${[[...titles, 'recording_sha256', ...draws.map(({ title }) => title)].join(','), ...lines].join('\n')}\n`;
}

function metadataOf(
  data: AvMnist,
  arrays: Readonly<Record<string, NpyArray>>,
  sources: readonly DataSource[],
) {
  return {
    name: 'Audiovision-MNIST',
    kitVersion: LIB_VERSION,
    provenance: data.provenance,
    speech: data.speechDescription,
    protocol: data.protocol,
    protocolMeaning: PROTOCOLS[data.protocol],
    dataSha256: data.sha256,
    pairs: { train: data.train.digits.length, test: data.test.digits.length },
    arrays: Object.fromEntries(
      Object.entries(arrays).map(([name, { shape }]) => [name, { shape, meaning: MEANINGS[name] }]),
    ),
    sources: sources.map(({ id, name, page, licence, download }) => ({
      ...{ id, name, page, licence },
      download: download.address,
    })),
  };
}

const MEANINGS: Record<string, string> = {
  images: 'MNIST images, 0 (paper) to 255 (ink), row by row; networks get images / 127.5 - 1',
  mfcc: 'mel-frequency cepstral coefficients, 20 coefficients x 20 frames; networks get 2 * mfcc - 1',
  waveforms: '16-bit samples at 8000 Hz of all pairs, one after another; divided by 32768, -1 to 1',
  waveform_starts: 'pair p has waveforms[waveform_starts[p] : waveform_starts[p + 1]]',
  labels: 'the digit, 0 to 9',
  split: 'train or test',
  image_files: "the part of MNIST and the image's index in its IDX file",
  recording_files: 'DIGIT_SPEAKER_INDEX.wav',
  rates: 'share of the training pairs that keep the scarce modality',
  seeds: 'seed of the draw, which is the seed of the training',
  complete_if_speech_scarce:
    'by rate, seed and training pair (the first pairs): true where the pair keeps its speech',
  complete_if_image_scarce: 'likewise, where images are scarce',
};

function readme(data: AvMnist, arrays: Readonly<Record<string, NpyArray>>): string {
  const synthetic = data.provenance === 'synthetic';
  const warning = `**SYNTHETIC SPEECH.** There were no recordings, so a speech synthesiser spoke the digits. Scores on these data are not
comparable with published ones. With the recordings (\`npm run data -- av-mnist\`, or MCKD_DATA), export again.

`;
  const rows = Object.entries(arrays).map(
    ([name, { shape }]) => `| \`${name}\` | ${shape.join(' x ')} | ${MEANINGS[name]} |`,
  );
  return `# Audiovision-MNIST

${synthetic ? warning : ''}Pairs of a written and a spoken digit: ${data.train.digits.length} for training, then ${data.test.digits.length} for testing. Speech: ${data.speechDescription}.

\`\`\`python
import numpy as np
data = np.load('${FILES.arrays}')
images, speech, labels = data['images'], data['mfcc'], data['labels']
\`\`\`

| array | shape | meaning |
| --- | --- | --- |
${rows.join('\n')}

- \`${FILES.pairs}\` has the names, labels and draws as text; \`${FILES.metadata}\` has provenance, shapes and sources.
- \`${FILES.licences}\`: whose the data are, and their licences.
- \`sha256sum --check ${CHECKSUMS}\` checks the files. The sha256 of the data, which results state, is ${data.sha256}.
- Written by the MCKD kit ${LIB_VERSION} (\`npx mckd data av-mnist --export DIR\`).
`;
}

function licences(sources: readonly DataSource[]): string {
  const sections = sources.map(
    ({ name, use, page, licence, why }) =>
      `## ${name}\n\n- used for: ${use}\n- source: ${page ?? why.page}\n- licence: ${licence ?? why.licence}\n`,
  );
  return `# Sources and licences\n\nWhoever passes these files on has to name the sources and keep to their licences.\n\n${sections.join('\n')}`;
}
