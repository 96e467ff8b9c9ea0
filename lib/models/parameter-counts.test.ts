import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acnSpecs } from './acn';
import { mmformerSpecs } from './mmformer';
import { rfnetSpecs } from './rfnet';
import { ROBUSTSEG_ORIGINAL, ROBUSTSEG_PORT, robustsegSpecs } from './robustseg';
import { segmentationSpecs } from './segmentation-layers';
import { shaspecSpecs } from './shaspec';
import { uhemisSpecs } from './uhemis';
import { uhvedSpecs } from './uhved';
import { specCount, type ParameterSpec } from '../nn/parameter-specs';

test("networks have their authors' numbers of parameters at full size", () => {
  const robustseg = { base: 16, styleBase: 32, style: 8, hidden: 128 };
  const mmformer = { base: 8, tokenWidth: 512, hidden: 4096, grid: [8, 8, 8] } as const;
  const acn = acnSpecs({ base: 16, discriminatorBase: 64, crop: [160, 192, 128] });
  const named = (begins: string): ParameterSpec[] =>
    acn.filter(({ name }) => name.startsWith(begins));
  const expected: [ParameterSpec[], number][] = [
    [segmentationSpecs(1), 43_656_672],
    [shaspecSpecs(1), 187_708_132],
    [rfnetSpecs(16), 8_984_960],
    [mmformerSpecs(mmformer), 36_654_416],
    [uhvedSpecs(8), 1_250_552],
    [uhemisSpecs(8), 565_888],
    [robustsegSpecs(robustseg, ROBUSTSEG_ORIGINAL, [80, 80, 80]), 37_455_749],
    [robustsegSpecs(robustseg, ROBUSTSEG_PORT, [80, 80, 80]), 42_136_376],
    [named('model.'), 9_630_136],
    [named('model_mono.'), 9_628_789],
    [named('d_main.'), 11_060_161],
    [named('d_feature.'), 4_438_273],
  ];
  for (const [specs, count] of expected) assert.equal(specCount(specs), count);
});
