import { Command } from 'commander';
import { addLayoutOptions } from './arguments';
import type { LayoutOptions } from '../commands/options';

interface CheckUploadOptions extends LayoutOptions {
  cases: string;
  json?: boolean;
}

/** `mckd check-upload`: segmentations as the challenge's server accepts them; exit 1 if there is a fault. */
export function checkUploadCommand(): Command {
  const command = new Command('check-upload')
    .description(
      'check segmentations before they are uploaded to the challenge (names, labels, 240 x 240 x 155, affine); scores nothing',
    )
    .argument('<folder>', 'the segmentations, one NAME.nii.gz per case')
    .requiredOption('--cases <folder>', 'their cases, such as the 66 of the challenge')
    .option('--json', 'print one JSON object instead of lines');
  return addLayoutOptions(command).action(async (folder: string, options: CheckUploadOptions) => {
    const { checkUpload } = await import('../commands/verify.js');
    const sound = await checkUpload(folder, options);
    if (!sound) process.exitCode = 1;
  });
}
