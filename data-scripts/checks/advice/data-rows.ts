/** Advice about cases, files' names and label codes. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomStream } from '@mckd/lib/base';
import { findCases } from '@mckd/lib/datasets';
import { writeMadeCase } from '@mckd/lib/fixtures/prepared';
import { makeLayout } from '../layouts/generate';
import type { NamingName } from '../layouts/namings';
import { changeVoxels, without, withValue, type AdviceRow, type Place } from './row';

/** The cases a and b. */
function twoCases({ at }: Place): void {
  for (const [seed, name] of ['a', 'b'].entries()) writeMadeCase(at('data'), name, { seed });
}

/** A case whose label map has one code replaced by another. */
async function oneLabel({ at }: Place, from: number, to: number): Promise<string[]> {
  writeMadeCase(at('data'), 'a');
  await changeVoxels(at('data', 'a', 'a_seg.nii'), (value) => (value === from ? to : value));
  return ['verify', at('data')];
}

/** The same in a prediction; view and evaluate read it. */
async function onePrediction(place: Place, from: number, to: number): Promise<string> {
  const { at } = place;
  writeMadeCase(at('data'), 'a');
  mkdirSync(at('predictions'));
  cpSync(at('data', 'a', 'a_seg.nii'), at('predictions', 'a.nii'));
  await changeVoxels(at('predictions', 'a.nii'), (value) => (value === from ? to : value));
  return at('predictions', 'a.nii');
}

/** A valid data set of a naming, verified without the options that describe it. */
function made({ at }: Place, naming: NamingName, folder = at('data')): string[] {
  makeLayout(randomStream(0, 'advice'), folder, { naming, sound: true });
  return ['verify', at('data')];
}

export const DATA_ROWS: AdviceRow[] = [
  {
    of: 'several cases where one is needed',
    meet: (place) => {
      twoCases(place);
      return ['view', '--case', place.at('data'), '--out', place.at('page.html')];
    },
    advice: /choose one: (--name \S+)$/m,
  },
  {
    of: 'several cases, whose names have blanks',
    meet: (place) => {
      made(place, 'ownEndings');
      const pattern = 'flair=.f,t1=.a,t1ce=.b,t2=.c,labels=-Maske';
      const out = ['--out', place.at('page.html'), '--pattern', pattern];
      return ['view', '--case', place.at('data'), ...out];
    },
    advice: /choose one: (--name .+)$/m,
  },
  {
    of: 'a scan of no case',
    meet: ({ at }) => {
      writeMadeCase(at('data'), 'a');
      cpSync(at('data', 'a', 'a_t1.nii'), at('data', 'a', 'my scan.nii'));
      return ['view', '--case', at('data', 'a', 'my scan.nii'), '--out', at('page.html')];
    },
    advice: /give the scans one by one instead of --case[^:]*: (--flair .+)$/m,
    follow: (args, words) => [[...without(args, '--case'), ...words]],
  },
  {
    of: 'no case',
    meet: (place) => {
      twoCases(place);
      return ['view', '--name', 'a', '--out', place.at('page.html')];
    },
    advice: /no case is given; give (--case) FOLDER/,
    follow: (args, [option], { at }) => [[...args, option, at('data')]],
  },
  {
    of: 'a file where a folder is needed',
    meet: (place) => {
      twoCases(place);
      return ['verify', place.at('data', 'a', 'a_t1.nii')];
    },
    advice: /a file, not a folder; (give its folder)/,
    follow: ([command, file]) => [[command, dirname(file)]],
  },
  {
    of: 'the folder above the Decathlon’s',
    meet: (place) => made(place, 'decathlon', place.at('data', 'Task01_BrainTumour')),
    advice: /; ('.+'|\S+) has a dataset\.json: give that folder/,
    follow: (_, [folder]) => [['verify', folder]],
  },
  {
    of: '3 for the enhancing tumour in BraTS 2020’s names',
    meet: (place) => oneLabel(place, 4, 3),
    advice: /state it: (--labels \S+)/,
  },
  {
    of: 'an unknown label',
    meet: (place) => oneLabel(place, 2, 9),
    advice: /such as (--labels \S+) where it is in no tumour region/,
  },
  ...[/(--labels brats2024)/, /(--labels core=\S+) for the enhancing tumour/].map(
    (advice): AdviceRow => ({
      of: `4 in BraTS 2023’s names, by ${advice.source}`,
      meet: async (place) => {
        const args = made(place, 'metastases');
        const [{ labels }] = findCases(place.at('data'));
        await changeVoxels(labels?.file ?? '', (value) => (value === 3 ? 4 : value));
        return args;
      },
      advice,
    }),
  ),
  {
    of: 'the children’s codes',
    meet: (place) => made(place, 'children'),
    advice: /state them: (--labels \S+) for 2024/,
  },
  {
    of: 'a prediction with 3 for the enhancing tumour',
    meet: async (place) => {
      const prediction = await onePrediction(place, 4, 3);
      return ['evaluate', '--prediction', prediction, '--truth', place.at('data')];
    },
    advice: /state it: (--prediction-labels \S+)/,
  },
  {
    of: 'a prediction with an unknown label, for mckd view',
    meet: async (place) => {
      const prediction = ['--prediction', await onePrediction(place, 1, 7)];
      return ['view', '--case', place.at('data'), '--out', place.at('page.html'), ...prediction];
    },
    advice: /such as (--prediction-labels \S+) where/,
  },
  {
    of: 'a case without a prediction',
    meet: async (place) => {
      await onePrediction(place, 0, 0);
      writeMadeCase(place.at('data'), 'b', { seed: 1 });
      return ['evaluate', '--prediction', place.at('predictions'), '--truth', place.at('data')];
    },
    advice: /\((--only-there) scores the cases that have one\)/,
  },
  {
    of: 'two ground truths of one case',
    meet: async (place) => {
      const prediction = await onePrediction(place, 0, 0);
      mkdirSync(place.at('truths'));
      cpSync(prediction, place.at('truths', 'a_seg.nii'));
      cpSync(prediction, place.at('truths', 'a-seg.nii'));
      return ['evaluate', '--prediction', place.at('predictions'), '--truth', place.at('truths')];
    },
    advice: /say which with (--pattern labels=_seg) /,
  },
  {
    of: 'JSON and CSV on one stream',
    meet: async (place) => {
      const prediction = await onePrediction(place, 0, 0);
      const both = ['--json', '--csv', '-'];
      return ['evaluate', '--prediction', prediction, '--truth', place.at('data'), ...both];
    },
    advice: /give a file to (--csv)/,
    follow: (args, [option], { at }) => [withValue(args, option, at('table.csv'))],
  },
  {
    of: 'unknown names of labels in nnU-Net’s dataset.json',
    meet: (place) => {
      const args = made(place, 'nnunet');
      const file = place.at('data', 'dataset.json');
      writeFileSync(file, readFileSync(file, 'utf8').replace('whole tumor', 'everything'));
      return args;
    },
    advice: /give the naming instead: (--pattern) flair=\.\.\.,labels=\.\.\. and --labels/,
    follow: (args, [option]) => {
      const scans = ['flair', 't1', 't1ce', 't2'].map((m, i) => `${m}=imagesTr/*_000${i}`);
      const pattern = [...scans, 'labels=labelsTr/*'].join(',');
      return [[...args, option, pattern, '--labels', 'decathlon']];
    },
  },
  {
    of: 'a case without a scan, for training',
    meet: ({ at }) => {
      for (const [seed, name] of ['a', 'b', 'c', 'd'].entries())
        writeMadeCase(at('data'), name, { seed });
      rmSync(at('data', 'a', 'a_t1.nii'));
      return ['train', '--preset', 'smoke', '--data', at('data'), '--out', at('run')];
    },
    advice: /; mckd (segment) accepts it as it is/,
    follow: (_, [command], { at, weights }) => [
      [command, '--checkpoint', weights, '--case', at('data', 'a'), '--out', at('a.nii')],
    ],
  },
];
