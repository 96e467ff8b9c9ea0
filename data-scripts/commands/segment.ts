import { Command } from 'commander';
import { patternOption, threeNumbers } from './arguments';

export interface SegmentCommandOptions {
  checkpoint: string;
  case: string;
  out: string;
  available?: string;
  allSubsets?: boolean;
  probabilities?: boolean;
  tile?: number[];
  gaussian?: boolean;
  postprocess?: boolean;
  viewer?: string;
  pattern?: string;
}

/** `mckd segment`: the label map of a case, from the scans that it has. */
export function segmentCommand(): Command {
  return new Command('segment')
    .description('segment a case from any of its scans, by a trained network')
    .requiredOption(
      '--checkpoint <file>',
      'weights or a training checkpoint (.safetensors); or recorded:mckd, recorded:randomSubsets, recorded:allScans, which come with the kit (trained on phantoms)',
    )
    .requiredOption('--case <folder>', 'the folder of a case with one scan or more')
    .requiredOption('--out <file>', 'the label map, .nii or .nii.gz')
    .option('--available <scans>', 'use these alone: flair,t1ce (default: all that are there)')
    .option('--all-subsets', 'a label map for every subset of the scans, seg_flair-t1ce.nii.gz')
    .option('--probabilities', 'write those of ET, WT and TC too, seg_ET.nii.gz and so on')
    .option(
      '--tile <d,h,w>',
      'voxels (default: the crop of the training, else 80,160,160)',
      threeNumbers,
    )
    .option('--gaussian', 'blend tiles by Gaussian weights (default: their mean)')
    .option('--postprocess', 'clean up as mckd postprocess does (thresholds are of BraTS’ grid)')
    .option('--viewer <page>', 'write a page to look at the result in a browser')
    .addOption(patternOption())
    .action(async (options: SegmentCommandOptions) => {
      const { segment } = await import('../segment.js');
      await segment(options);
    });
}
