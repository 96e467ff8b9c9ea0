/** `mckd segment`: cases to label maps, with a live line. */
import { join } from 'node:path';
import { UserError, type Modality } from '@mckd/lib/base';
import {
  chooseTile,
  disposeWeights,
  labelVoxels,
  loadNamedWeights,
  readCaseForWeights,
  scanNames,
  scansToUse,
  segmentCase,
  subsetGroups,
  subsetsOf,
  weightsFile,
  writeProbabilities,
  type CaseSegmentation,
  type CaseVolume,
  type ResampleChoice,
  type Weights,
} from '@mckd/lib/brats';
import { postprocessFile } from '@mckd/lib/brats/postprocess';
import {
  besideFile,
  commonGrid,
  prepareOutputs,
  REGIONS,
  writeSegmentation,
  type CaseFiles,
} from '@mckd/lib/datasets';
import { chosenCase, chosenCases } from './chosen-cases';
import type { LayoutOptions } from './options';
import { describeReport } from './postprocess';
import { withProgress } from '../terminal/progress';
import { writeViewerPage } from './viewer-page';

export interface SegmentCommandOptions extends LayoutOptions {
  checkpoint: string;
  case?: string;
  name?: string[];
  flair?: string;
  t1?: string;
  t1ce?: string;
  t2?: string;
  out: string;
  available?: string;
  allSubsets?: boolean;
  probabilities?: boolean;
  tile?: number[];
  resample?: ResampleChoice;
  gaussian?: boolean;
  postprocess?: boolean;
  viewer?: string;
  json?: boolean;
}

/** The work for one case. */
interface Job {
  files: CaseFiles;
  scans: Modality[];
  subsets: (readonly Modality[])[];
  /** The label map; for several subsets, the base of their names. */
  out: string;
}

/** A label map that was written. */
interface Written {
  case: string;
  file: string;
  subset: readonly Modality[];
  voxels: ReturnType<typeof labelVoxels>;
  probabilities?: string[];
  postprocessed?: Awaited<ReturnType<typeof postprocessFile>>;
}

const IMAGE = /\.nii(\.gz)?$/i;

/**
 * Segments the case or cases of the options.
 * @throws UserError for options that don't fit, a case that can't be read, results that can't be written
 */
export async function segment(options: SegmentCommandOptions): Promise<void> {
  const say = options.json ? console.error : console.log;
  const { jobs, notes } = jobsOf(options);
  const checkpoint = weightsFile(options.checkpoint);
  const replaced = prepareOutputs(
    jobs.flatMap((job) => filesOf(job, options)).concat(options.viewer ?? []),
    {
      inputs: [checkpoint],
      cases: jobs.map(({ files }) => files),
      pattern: options.pattern,
    },
  );
  for (const note of [...notes, ...replaced]) console.error(`note: ${note}`);
  await requireGrids(jobs);
  const weights = await loadNamedWeights(options.checkpoint);
  const written: Written[] = [];
  try {
    for (const job of jobs) {
      const { files, scans } = job;
      const there = scanNames(scansToUse(files));
      say(`${files.name}: using ${scanNames(scans)} (the case has ${there})`);
      const own = await segmentJob(weights, job, options, say);
      written.push(...own);
      for (const one of own) for (const line of linesOf(one)) say(line);
    }
  } finally {
    disposeWeights(weights);
  }
  if (options.viewer !== undefined) {
    const [{ files, scans }] = jobs;
    const predictions = written.map(({ subset, file }) => ({
      name: `prediction from ${scanNames(subset)}`,
      file,
    }));
    await writeViewerPage(options.viewer, { files, scans, predictions });
    say(`${options.viewer}: open it in a browser`);
  }
  if (options.json) console.log(JSON.stringify({ checkpoint, segmentations: written }, null, 2));
}

function jobsOf(options: SegmentCommandOptions): { jobs: Job[]; notes: string[] } {
  const { out } = options;
  const oneFile = IMAGE.test(out);
  if (!oneFile && /\.[a-z]{2,4}$/i.test(out)) {
    throw new UserError(
      `--out is ${out} and should end in .nii or .nii.gz, or be a folder; choose such a name`,
      { code: 'BAD_VALUE', file: out, field: '--out' },
    );
  }
  if (!oneFile && options.viewer !== undefined) {
    throw new UserError('--viewer shows one case; give --out a file, such as seg.nii.gz', {
      code: 'USAGE',
      field: '--viewer',
    });
  }
  const { cases, notes } = oneFile
    ? (({ files, notes }) => ({ cases: [files], notes }))(chosenCase(options))
    : chosenCases(options);
  const asked = options.available?.split(',');
  const jobs = cases.map((files): Job => {
    const scans = scansToUse(files, asked);
    return {
      files,
      scans,
      subsets: options.allSubsets ? subsetsOf(scans) : [scans],
      out: oneFile ? out : join(out, `${files.name}.nii.gz`),
    };
  });
  return { jobs, notes };
}

/** Checks the headers of all cases before the first is segmented. */
async function requireGrids(jobs: readonly Job[]): Promise<void> {
  for (const { files, scans } of jobs) {
    await commonGrid(scans.flatMap((modality) => files.scans[modality] ?? []));
  }
}

/** All files that a job writes. */
function filesOf({ out, subsets }: Job, options: SegmentCommandOptions): string[] {
  return subsets
    .map((subset) => fileOf(out, subset, options))
    .flatMap((file) => [
      file,
      ...(options.probabilities ? REGIONS.map((region) => besideFile(file, region)) : []),
    ]);
}

/** `seg_from-flair-t1ce.nii.gz`: no layout reads such a name as a scan. */
function fileOf(
  out: string,
  subset: readonly Modality[],
  { allSubsets }: SegmentCommandOptions,
): string {
  return allSubsets ? besideFile(out, `from-${subset.join('-')}`) : out;
}

async function segmentJob(
  weights: Weights,
  { files, scans, subsets, out }: Job,
  options: SegmentCommandOptions,
  say: (line: string) => void,
): Promise<Written[]> {
  const volume = await readCaseForWeights(weights, files, scans, {
    resample: options.resample,
    onNote: (note) => console.error(`note: ${note}`),
  });
  const { tile, origin } = chooseTile(weights, volume.size, options.tile);
  const blending = options.gaussian ? 'gaussian' : 'mean';
  const part = volume.box ? ` around the brain, of ${volume.box.grid.join(' x ')}` : '';
  say(
    `${volume.size.join(' x ')} voxels${part}, tiles of ${tile.join(' x ')} (${origin}), their ${blending === 'mean' ? 'mean' : 'Gaussian-weighted mean'}`,
  );
  const groups = subsetGroups(volume, subsets, options);
  const settings = { tile, blending, probabilities: options.probabilities } as const;
  const written: Written[] = [];
  const format = '{bar} {value}/{total} tiles, {eta_formatted} left';
  await withProgress({ format, lineMs: 10_000 }, async ({ show }) => {
    for (const [g, group] of groups.entries()) {
      for await (const event of segmentCase(weights, volume, group, settings)) {
        if (event.kind === 'segmentation') {
          const file = fileOf(out, event.subset, options);
          written.push(await keep(file, event, { files, volume, options }));
        } else show(g * event.total + event.done, groups.length * event.total);
      }
    }
  });
  return written;
}

async function keep(
  file: string,
  { subset, labels, probabilities }: CaseSegmentation,
  {
    files,
    volume,
    options,
  }: {
    files: CaseFiles;
    volume: CaseVolume;
    options: SegmentCommandOptions;
  },
): Promise<Written> {
  const { codes } = files;
  writeSegmentation(file, labels, volume.stored, { codes });
  // A scan that is not used for the segmentation is not read here either.
  const t1ce = subset.includes('t1ce') ? files.scans.t1ce : undefined;
  return {
    case: files.name,
    file,
    subset,
    voxels: labelVoxels(labels),
    ...(probabilities
      ? { probabilities: writeProbabilities(file, probabilities, volume.stored) }
      : {}),
    ...(options.postprocess
      ? { postprocessed: await postprocessFile({ prediction: file, t1ce, out: file, codes }) }
      : {}),
  };
}

function linesOf({ file, subset, voxels, probabilities = [], postprocessed }: Written): string[] {
  const { enhancing, core, oedema } = voxels;
  return [
    `${file}: from ${scanNames(subset)}: ${enhancing} voxels enhancing, ${core} core, ${oedema} oedema`,
    ...probabilities,
    ...(postprocessed ? describeReport(postprocessed, file) : []),
  ];
}
