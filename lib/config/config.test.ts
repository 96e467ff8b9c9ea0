import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bratsTrainingSchema, fromOlderBrats } from './brats';
import { buildConfig, PRESET_NAMES, trainingSettings } from './index';
import { UserError } from '../base/errors';

test('every preset is valid, frozen to the leaves, and survives JSON', () => {
  for (const preset of PRESET_NAMES) {
    const config = buildConfig(preset);
    assert.equal(config.preset, preset);
    assert.deepEqual(JSON.parse(JSON.stringify(config)), config);
    assert.ok(Object.isFrozen(config.avMnist.importance));
    assert.ok(Object.isFrozen(config.avMnist.rates));
  }
});

test('the paper preset holds the published protocol', () => {
  const { avMnist } = buildConfig('paper');
  assert.deepEqual(avMnist.rates, [0.05, 0.1, 0.15, 0.2]);
  assert.equal(avMnist.epochs, 60);
  assert.equal(avMnist.learningRate, 1e-3);
  assert.equal(avMnist.weightDecay, 1e-2);
  assert.equal(avMnist.decayFactor, 0.9);
  assert.equal(avMnist.decayEveryEpochs, 20);
  assert.equal(avMnist.distillationWeight, 0.1);
  assert.equal(avMnist.seeds, 10);
});

test('an override changes its own leaf and nothing else', () => {
  const changed = buildConfig('paper', { avMnist: { importance: { stepsPerEvent: 3 } } });
  assert.equal(changed.avMnist.importance.stepsPerEvent, 3);
  assert.equal(changed.avMnist.importance.learningRate, 1e-2);
  assert.deepEqual(changed.avMnist.rates, buildConfig('paper').avMnist.rates);
});

test('a list of scans is one setting in whatever order it is written', () => {
  const { brats } = buildConfig('quick', { brats: { scans: ['t2', 'flair', 't2'] } });
  assert.deepEqual(brats.scans, ['flair', 't2']);
});

test("settings from before there was a second normalisation have the authors'", () => {
  const { normalisation, ...older } = trainingSettings(buildConfig('quick').brats);
  assert.equal(normalisation, 'foreground');
  const read = bratsTrainingSchema.parse(fromOlderBrats(older));
  assert.deepEqual(read, trainingSettings(buildConfig('quick').brats));
});

const faults: [string, string, unknown, RegExp, string][] = [
  ['an unknown preset', 'fast', {}, /preset is "fast"; choose one of smoke, quick/, 'preset'],
  [
    'an unknown key',
    'quick',
    { avMnist: { epoch: 3 } },
    /avMnist\.epoch \(value 3\) is unknown.*epochs/,
    'avMnist.epoch',
  ],
  [
    'an unknown scan',
    'quick',
    { brats: { scans: ['t2', 'flairs'] } },
    /brats\.scans is .*choose all, random, or a list of flair, t1, t1ce, t2/,
    'brats.scans',
  ],
  [
    'an unknown normalisation',
    'quick',
    { brats: { normalisation: 'rfnet' } },
    /brats\.normalisation is "rfnet": .*"foreground"\|"brain"\|"percentiles"\|"landmarks"\|"range"/,
    'brats.normalisation',
  ],
  [
    'an unknown augmentation',
    'quick',
    { brats: { augmentation: 'flip' } },
    /brats\.augmentation is "flip": .*"rfnet"\|"flips"\|"crops"/,
    'brats.augmentation',
  ],
  [
    'a wrong type',
    'quick',
    { avMnist: { epochs: '60' } },
    /avMnist\.epochs is "60"/,
    'avMnist.epochs',
  ],
  [
    'a rate of 0',
    'quick',
    { avMnist: { rates: [0] } },
    /avMnist\.rates\.0 is 0/,
    'avMnist.rates.0',
  ],
  [
    'a rate of 200',
    'quick',
    { avMnist: { rates: [0.1, 200] } },
    /avMnist\.rates\.1 is 200/,
    'avMnist.rates.1',
  ],
  [
    'a crop that the method cannot halve four times',
    'quick',
    { brats: { model: 'mmformer', crop: [32, 40, 32] } },
    /brats\.crop is \[ 32, 40, 32 \]: .* multiples of 16, 16, 16 with method mmformer/,
    'brats.crop',
  ],
  [
    'a crop that the method cannot mirror',
    'quick',
    { brats: { model: 'robustseg', crop: [32, 8, 32] } },
    /brats\.crop is \[ 32, 8, 32 \]: .* multiples of 8, 8, 8, at least 16 with method robustseg/,
    'brats.crop',
  ],
  [
    'a width with parts of channels',
    'quick',
    { brats: { model: 'uhved', width: 0.3 } },
    /brats\.width is 0\.3: .*8 channels of its first level a multiple of 2, as 0\.25 does/,
    'brats.width',
  ],
  ['a section that is a number', 'quick', { avMnist: 4 }, /avMnist is 4/, 'avMnist'],
];
for (const [name, preset, overrides, message, field] of faults) {
  test(`${name} is one sentence with the field and the value`, () => {
    assert.throws(
      () => buildConfig(preset, overrides),
      (error: unknown) =>
        error instanceof UserError && message.test(error.message) && error.details.field === field,
    );
  });
}

test('a width at which a filter has one weight is refused, and the error names the smallest valid one', () => {
  const build = (width: number): unknown => buildConfig('smoke', { brats: { width } });
  assert.throws(
    () => build(0.02),
    /width.*at least 0\.0235: below, a filter of \S+ has one weight/,
  );
  assert.ok(build(0.0235) && build(1 / 32));
});
