import { Command } from 'commander';

/** `mckd inspect`: one image as one JSON object. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('print shape, type, axes, affine and statistics of a NIfTI image as JSON')
    .argument('<file>', 'a .nii, .nii.gz, .hdr or .img file')
    .action(async (file: string) => {
      const { describeVolume } = await import('@mckd/lib/dist/data/describe.js');
      const { readNifti } = await import('@mckd/lib/dist/data/nifti/index.js');
      console.log(JSON.stringify(describeVolume(await readNifti(file)), null, 2));
    });
}
