import type { ResampleChoice } from '@mckd/lib/brats';
import { Command, InvalidArgumentError } from 'commander';
import type { SegmentCommandOptions } from '../commands/segment';
import { addLayoutOptions, threeNumbers } from './arguments';

function resampleChoice(text: string): ResampleChoice {
  if (text === 'auto' || text === 'always' || text === 'never') return text;
  const size = text.split(',').map(Number);
  if (size.length === 3 && size.every((mm) => mm > 0 && Number.isFinite(mm))) return size;
  throw new InvalidArgumentError('It should be auto, always, never or a voxel size such as 1,1,1.');
}

/** The first that clinics ask for: few scans, in files of any name. */
const EXAMPLES = `
Examples:
  T1ce alone:
    mckd segment --checkpoint recorded:mckd --t1ce T1CE.nii.gz --out seg.nii.gz
  T1 and T1ce:
    mckd segment --checkpoint recorded:mckd --t1 T1.nii.gz --t1ce T1CE.nii.gz --out seg.nii.gz
  T1ce alone, of a case that has more scans:
    mckd segment --checkpoint recorded:mckd --case CASE --available t1ce --out seg.nii.gz
The recorded networks were trained on phantoms: for real patients, give a checkpoint of your own training.
Research only; no medical device.
`;

/** `mckd segment`: the label map of a case, or of several, from the available scans. */
export function segmentCommand(): Command {
  const command = new Command('segment')
    .description(
      'segment a case, or all of a folder, from any of its scans, with a trained network',
    )
    .requiredOption(
      '--checkpoint <file>',
      'weights or a training checkpoint (.safetensors); or recorded:mckd, recorded:randomSubsets, recorded:allScans, recorded:rfnet and other rivals, which are part of the kit (trained on phantoms)',
    )
    .option('--case <path>', 'a case’s folder, a scan of it, or a folder of several cases')
    .option('--name <cases...>', 'which of several cases (default: all, if --out is a folder)')
    .option('--flair <file>', 'instead of --case: scans one by one, in any folders')
    .option('--t1 <file>', 'likewise')
    .option('--t1ce <file>', 'likewise')
    .option('--t2 <file>', 'likewise')
    .requiredOption(
      '--out <path>',
      'the label map, .nii or .nii.gz; or a folder, for one NAME.nii.gz per case',
    )
    .option('--available <scans>', 'use only these: flair,t1ce (default: all available scans)')
    .option('--all-subsets', 'one label map per subset of the scans, seg_from-flair-t1ce.nii.gz')
    .option('--probabilities', 'also write those of ET, WT and TC, seg_ET.nii.gz and so on')
    .option(
      '--tile <d,h,w>',
      "voxels (default: the crop of the training, else its authors')",
      threeNumbers,
    )
    .option(
      '--resample <choice>',
      'resample scans to the voxel size of the training, and results back: auto (if it differs by more than a fifth), always, never; or to a size in mm, such as 1,1,1',
      resampleChoice,
      'auto',
    )
    .option('--gaussian', 'blend tiles by Gaussian weights (default: their mean)')
    .option('--postprocess', 'post-process as mckd postprocess does')
    .option('--viewer <page>', 'write a page to look at the result in a browser (of one case)')
    .option('--json', 'print one JSON object instead of lines')
    .addHelpText('after', EXAMPLES);
  return addLayoutOptions(command).action(async (options: SegmentCommandOptions) => {
    const { segment } = await import('../commands/segment.js');
    await segment(options);
  });
}
