/** Advice about segmentations and trainings, their results and their folders. */
import { cpSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { TWO_STEPS } from '../layouts/journey';
import { changeVoxels, without, withValue, type AdviceRow, type Place } from './row';

/** For trainings here: crops are made without threads. */
export const TINY_TRAINING = [...TWO_STEPS, '--workers', '0'];

/** One case of the names, segmented into a file. */
function segmenting({ at, weights }: Place, names: readonly string[] = ['a']): string[] {
  for (const [seed, name] of names.entries()) writeMadeCase(at('data'), name, { seed });
  return ['segment', '--checkpoint', weights, '--case', at('data'), '--out', at('seg.nii')];
}

/** The command that resumes the training of two steps, in a copy of its folder. */
async function training({ at, trained }: Place): Promise<string[]> {
  return ['train', ...TINY_TRAINING, '--data', at('data'), '--out', await trained()];
}

const outOf = (args: readonly string[]): string => args[args.indexOf('--out') + 1];

export const NETWORK_ROWS: AdviceRow[] = [
  {
    of: 'a missing scan that is given as zeros',
    meet: async (place) => {
      const args = segmenting(place);
      await changeVoxels(place.at('data', 'a', 'a_t1.nii'), () => 0);
      return args;
    },
    advice: /leave it out: (--available \S+)/,
  },
  {
    of: 'several names and one file',
    meet: (place) => [...segmenting(place, ['a', 'b']), '--name', 'a', 'b'],
    advice: /names 2 cases, but only one is allowed; give (--out) a folder/,
    follow: (args, [option], { at }) => [withValue(args, option, at('out'))],
  },
  {
    of: 'a page of several cases',
    meet: (place) => {
      const args = withValue(segmenting(place), '--out', place.at('out'));
      return [...args, '--viewer', place.at('page.html')];
    },
    advice: /give --out a file, such as (seg\.nii\.gz)/,
    follow: (args, [name], { at }) => [withValue(args, '--out', at(name))],
  },
  {
    of: 'unknown shipped weights',
    meet: (place) => withValue(segmenting(place), '--checkpoint', 'recorded:other'),
    advice: /checkpoint is recorded:other; give (recorded:\w+),/,
    follow: (args, [name]) => [withValue(args, '--checkpoint', name)],
  },
  {
    of: 'a checkpoint without a voxel size, and resampling',
    meet: (place) => [...segmenting(place), '--resample', 'always'],
    advice: /such as (--resample 1,1,1)$/m,
    follow: (args, words) => [[...without(args, '--resample'), ...words]],
  },
  {
    of: 'a checkpoint without a voxel size',
    meet: (place) => segmenting(place),
    advice: /nothing is resampled \(to resample to a size in mm: (--resample 1,1,1)\)/,
    noted: true,
  },
  {
    of: 'a header that says metres',
    meet: (place) => {
      const args = withValue(segmenting(place), '--checkpoint', 'recorded:mckd');
      const affine = [0, 1, 2].map((r) => [0, 1, 2, 3].map((c) => (r === c ? 1000 : 0)));
      writeMadeCase(place.at('data'), 'a', { affine: [...affine, [0, 0, 0, 1]] });
      return args;
    },
    advice: /or leave them as they are: (--resample never)/,
  },
  {
    of: 'a result that would be read as ground truth',
    meet: (place) =>
      withValue(segmenting(place), '--out', place.at('data', 'a', 'mine_seg.nii.gz')),
    advice: /or a name such as (a_mckd\.nii\.gz)/,
    follow: (args, [name], { at }) => [withValue(args, '--out', at('data', 'a', name))],
  },
  {
    of: 'a setting without a value',
    meet: ({ at }) => {
      writeMadeCase(at('data'), 'a');
      const tiny = ['--preset', 'smoke', '--steps', '1'];
      return ['overfit', '--case', at('data'), ...tiny, '--set', 'width'];
    },
    advice: /write key=value, such as (\S+)/,
    follow: (args, [setting]) => [withValue(args, '--set', setting)],
  },
  {
    of: 'stage two before stage one',
    meet: async (place) => {
      const args = await training(place);
      rmSync(outOf(args), { recursive: true });
      return [...args, '--stage', '2'];
    },
    advice: /run (--stage 1) first/,
    follow: (args, words) => [[...without(args, '--stage'), ...words], args],
  },
  ...['--force', '--fresh'].map((option): AdviceRow => ({
    of: `another seed, by ${option}`,
    meet: async (place) => [...(await training(place)), '--seed', '1'],
    advice: new RegExp(`is of another run .*(${option}) to`),
  })),
  {
    of: 'a missing log',
    meet: async (place) => {
      const args = await training(place);
      writeFileSync(`${outOf(args)}/log.jsonl`, '');
      return args;
    },
    advice: /or start from scratch with (--fresh)/,
  },
  {
    of: 'a missing checkpoint',
    meet: async (place) => {
      const args = await training(place);
      for (const name of ['checkpoint', 'checkpoint-previous']) {
        rmSync(`${outOf(args)}/${name}.safetensors`, { force: true });
      }
      return args;
    },
    advice: /or (--fresh) to start from scratch/,
  },
  {
    of: 'weights instead of a checkpoint',
    meet: async (place) => {
      const args = await training(place);
      cpSync(place.weights, `${outOf(args)}/checkpoint.safetensors`);
      rmSync(`${outOf(args)}/checkpoint-previous.safetensors`, { force: true });
      return args;
    },
    advice: /holds weights only; .*(--fresh)/,
  },
  {
    of: 'a checkpoint that is cut off, and the one before it',
    meet: async (place) => {
      const args = await training(place);
      const checkpoint = `${outOf(args)}/checkpoint.safetensors`;
      cpSync(checkpoint, `${outOf(args)}/checkpoint-previous.safetensors`);
      truncateSync(checkpoint, 5000);
      return args;
    },
    advice: /to resume from that: (mv .+)$/m,
    follow: (args, [, from, to]) => {
      renameSync(from, to);
      return [args];
    },
  },
  {
    of: 'a missing fold',
    meet: async (place) => {
      const args = await training(place);
      rmSync(outOf(args), { recursive: true });
      mkdirSync(place.at('folds'));
      for (const fold of [1, 2]) {
        for (const [i, part] of ['train', 'val', 'test'].entries()) {
          writeFileSync(place.at('folds', `${part}${fold}.txt`), `${'abc'[i]}\n`);
        }
      }
      return [...args, '--splits', place.at('folds'), '--fold', '3'];
    },
    advice: /has the folds (\d), 2 and no fold 3; choose another/,
    follow: (args, [fold]) => [withValue(args, '--fold', fold)],
  },
  {
    of: 'a cache that can’t be written',
    meet: async (place) => {
      const args = await training(place);
      rmSync(outOf(args), { recursive: true });
      writeFileSync(place.at('file'), 'not a folder');
      process.env.MCKD_CACHE = place.at('file', 'cache');
      return args;
    },
    advice: /set (MCKD_CACHE) to another folder/,
    follow: (args, [name], { at }) => {
      process.env[name] = at('cache');
      return [args];
    },
  },
];
