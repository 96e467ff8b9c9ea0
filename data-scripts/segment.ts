/** `mckd segment`: a case to label maps, with a live line. */
import {
  besideFile,
  chooseTile,
  disposeWeights,
  labelVoxels,
  loadWeights,
  postprocessFile,
  readCaseVolume,
  ReaderError,
  scanNames,
  scansToUse,
  segmentCase,
  subsetsOf,
  weightsFile,
  writeProbabilities,
  writeSegmentation,
  type CaseSegmentation,
  type Modality,
} from '@mckd/lib';
import { SingleBar } from 'cli-progress';
import type { SegmentCommandOptions } from './commands/segment';
import { oneCase } from './one-case';
import { describeReport } from './postprocess';
import { writeViewerPage } from './viewer-page';

export async function segment(options: SegmentCommandOptions): Promise<void> {
  const { out } = options;
  if (!/\.nii(\.gz)?$/.test(out)) {
    throw new ReaderError(`--out is ${out} and should end in .nii or .nii.gz; choose such a name`, {
      file: out,
      field: '--out',
    });
  }
  const checkpoint = weightsFile(options.checkpoint);
  const files = oneCase(options.case, options.pattern);
  const scans = scansToUse(files, options.available?.split(','));
  const there = scanNames(scansToUse(files));
  console.log(`${files.name}: using ${scanNames(scans)} (the case has ${there})`);
  const subsets = options.allSubsets ? subsetsOf(scans) : [scans];

  const weights = await loadWeights(checkpoint);
  try {
    const volume = await readCaseVolume(files, scans);
    const { tile, origin } = chooseTile(weights, volume.size, options.tile);
    const blending = options.gaussian ? 'gaussian' : 'mean';
    console.log(
      `${volume.size.join(' x ')} voxels, tiles of ${tile.join(' x ')} (${origin}), their ${blending === 'mean' ? 'mean' : 'Gaussian-weighted mean'}`,
    );
    // All regions of a map are held where they are to be written, so then one subset goes after another.
    const groups = options.probabilities ? subsets.map((subset) => [subset]) : [subsets];
    const bar = new SingleBar({
      format: '{bar} {value}/{total} tiles, {eta_formatted} left',
      noTTYOutput: true,
      notTTYSchedule: 10_000,
    });
    const lines: string[] = [];
    const written: { name: string; file: string }[] = [];
    const keep = async (result: CaseSegmentation): Promise<void> => {
      const file = options.allSubsets ? besideFile(out, fileEnding(result.subset)) : out;
      writeSegmentation(file, result.labels, volume.stored);
      const { probabilities } = result;
      const others = probabilities ? writeProbabilities(file, probabilities, volume.stored) : [];
      lines.push([`${file}: ${describe(result)}`, ...others].join('\n'));
      if (options.postprocess) {
        // A scan that the network was not to see is not asked here either.
        const t1ce = result.subset.includes('t1ce') ? files.scans.t1ce : undefined;
        const report = await postprocessFile({ prediction: file, t1ce, out: file });
        lines.push(...describeReport(report, file));
      }
      written.push({ name: `prediction from ${scanNames(result.subset)}`, file });
    };
    for (const [g, group] of groups.entries()) {
      const settings = { tile, blending, probabilities: options.probabilities } as const;
      for await (const event of segmentCase(weights.parameters, volume, group, settings)) {
        if (event.kind === 'segmentation') await keep(event);
        else {
          const total = groups.length * event.total;
          if (g === 0 && event.done === 0) bar.start(total, 0);
          bar.update(g * event.total + event.done);
        }
      }
    }
    bar.stop();
    console.log(lines.join('\n'));
    if (options.viewer !== undefined) {
      await writeViewerPage(options.viewer, { files, scans, predictions: written });
      console.log(`${options.viewer}: open it in a browser`);
    }
  } finally {
    disposeWeights(weights);
  }
}

/** `flair-t1ce`. */
function fileEnding(subset: readonly Modality[]): string {
  return subset.join('-');
}

function describe({ subset, labels }: CaseSegmentation): string {
  const { core, oedema, enhancing } = labelVoxels(labels);
  return `from ${scanNames(subset)}: ${enhancing} voxels enhancing, ${core} core, ${oedema} oedema`;
}
