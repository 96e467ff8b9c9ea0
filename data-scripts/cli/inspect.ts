import { Command } from 'commander';
import { addLayoutOptions } from './arguments';
import type { LayoutOptions } from '../commands/options';
import { UserError } from '@mckd/lib/base';

interface InspectOptions extends LayoutOptions {
  case?: string;
  normalised?: boolean;
}

/** `mckd inspect`: one image, or every scan of the cases in a folder, as one JSON object. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('print shape, type, axes, affine and statistics of a NIfTI image as JSON')
    .argument('[file]', 'a .nii, .nii.gz, .hdr or .img file')
    .option('--case <folder>', 'instead of a file: the scans of the case (or cases) in a folder')
    .option('--normalised', 'with --case: statistics after intensity normalisation');
  return addLayoutOptions(command).action(
    async (file: string | undefined, options: InspectOptions) => {
      if ((file === undefined) === (options.case === undefined)) {
        throw new UserError('inspect needs either a file or --case <folder>', {
          code: 'USAGE',
          field: 'file',
        });
      }
      if (file !== undefined && options.normalised) {
        throw new UserError('--normalised needs --case <folder>', {
          code: 'USAGE',
          field: 'normalised',
        });
      }
      // Not through the whole library: it would load TensorFlow.
      const { describeVolume } = await import('@mckd/lib/volume');
      const { readNifti } = await import('@mckd/lib/formats');
      const found =
        file === undefined
          ? await (
              await import('../commands/inspect-cases.js')
            ).inspectCases(options.case ?? '', options)
          : describeVolume(await readNifti(file));
      console.log(JSON.stringify(found, null, 2));
    },
  );
}
