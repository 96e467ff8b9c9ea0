/**
 * The augmentation that the authors call from batchgenerators 0.21 (`get_train_transform`), in its order; and two
 * steps of RFNet's, where they come in its own.
 */
import type { RandomStream } from '../../../base/random';
import { checkProbability, checkRange } from '../check';
import { drawAxisMirror, type AxisMirrorOptions } from '../mirror';
import type { Sample } from '../sample';
import { drawBlur, type BlurOptions } from './blur';
import {
  drawAddition,
  drawMultiplication,
  type AdditionOptions,
  type MultiplicationOptions,
} from './brightness';
import { drawContrast, type ContrastOptions } from './contrast';
import { drawGamma, type GammaOptions } from './gamma';
import { drawLowResolution, type LowResolutionOptions } from './low-resolution';
import { drawNoise, type NoiseOptions } from './noise';
import { drawPlaneRotation, type PlaneRotationOptions } from './plane-rotation';
import { drawSagittalBrightness, type SagittalBrightnessOptions } from './sagittal-brightness';
import { drawSpatial, type SpatialOptions } from './spatial';

export interface AugmentationOptions {
  spatial: SpatialOptions;
  planeRotation: PlaneRotationOptions;
  noise: NoiseOptions;
  blur: BlurOptions;
  multiplication: MultiplicationOptions;
  addition: AdditionOptions;
  contrast: ContrastOptions;
  lowResolution: LowResolutionOptions;
  gamma: GammaOptions;
  sagittalBrightness: SagittalBrightnessOptions;
  mirror: AxisMirrorOptions;
}

/** The authors'; the two steps of RFNet's have the probability 0. */
export const PAPER_AUGMENTATION: Readonly<AugmentationOptions> = Object.freeze({
  spatial: {
    elasticProbability: 0.2,
    elasticStrength: [0, 900],
    elasticSigma: [9, 13],
    rotationProbability: 0.2,
    rotationDegrees: [-15, 15],
    scaleProbability: 0.2,
    scaleRange: [0.85, 1.25],
  },
  planeRotation: { probability: 0, degrees: [-10, 9] },
  noise: { probability: 0.1, deviationRange: [0, 0.1] },
  blur: { probability: 0.2, channelProbability: 0.5, sigmaRange: [0.5, 1] },
  multiplication: { probability: 0.15, factorRange: [0.75, 1.25] },
  addition: { probability: 0.15, channelProbability: 0.5, deviation: 0.1 },
  contrast: { probability: 0.15, factorRange: [0.75, 1.25] },
  lowResolution: { probability: 0.25, channelProbability: 0.5, zoomRange: [0.5, 1] },
  gamma: { probability: 0.15, gammaRange: [0.7, 1.5] },
  sagittalBrightness: { probability: 0, factorRange: [0.9, 1.1], shiftRange: [-0.1, 0.1] },
  mirror: { axisProbability: 0.5 },
} satisfies AugmentationOptions);

/** Every step's probability is 0. */
export const NO_AUGMENTATION: Readonly<AugmentationOptions> = Object.freeze({
  spatial: {
    ...PAPER_AUGMENTATION.spatial,
    elasticProbability: 0,
    rotationProbability: 0,
    scaleProbability: 0,
  },
  planeRotation: PAPER_AUGMENTATION.planeRotation,
  noise: { ...PAPER_AUGMENTATION.noise, probability: 0 },
  blur: { ...PAPER_AUGMENTATION.blur, probability: 0 },
  multiplication: { ...PAPER_AUGMENTATION.multiplication, probability: 0 },
  addition: { ...PAPER_AUGMENTATION.addition, probability: 0 },
  contrast: { ...PAPER_AUGMENTATION.contrast, probability: 0 },
  lowResolution: { ...PAPER_AUGMENTATION.lowResolution, probability: 0 },
  gamma: { ...PAPER_AUGMENTATION.gamma, probability: 0 },
  sagittalBrightness: PAPER_AUGMENTATION.sagittalBrightness,
  mirror: { axisProbability: 0 },
});

/** RFNet's: a rotation and other brightness always, then each axis mirrored or not. */
export const RFNET_AUGMENTATION: Readonly<AugmentationOptions> = Object.freeze({
  ...NO_AUGMENTATION,
  planeRotation: { ...PAPER_AUGMENTATION.planeRotation, probability: 1 },
  sagittalBrightness: { ...PAPER_AUGMENTATION.sagittalBrightness, probability: 1 },
  mirror: PAPER_AUGMENTATION.mirror,
});

/** Each axis mirrored or not, and nothing else. */
export const FLIPS: Readonly<AugmentationOptions> = Object.freeze({
  ...NO_AUGMENTATION,
  mirror: PAPER_AUGMENTATION.mirror,
});

/**
 * A crop augmented by all steps in their order. Each draws from its own stream, split off `stream`
 * by name, so that changing one step's options shifts no other's numbers; the same stream gives the same
 * bytes, so split one off for each crop.
 *
 * Noise, brightness, contrast, low resolution and gamma change the background too: it isn't 0 after them. RFNet's rotation
 * brings in -1 from outside.
 *
 * @param sample not changed; the result shares the arrays that no step changed
 * @throws UserError naming the invalid option
 */
export function augment(
  sample: Sample,
  options: AugmentationOptions,
  stream: RandomStream,
): Sample {
  checkAugmentationOptions(options);
  let result = drawSpatial(sample, options.spatial, stream.split('spatial'));
  result = drawPlaneRotation(result, options.planeRotation, stream.split('plane-rotation'));
  result = drawNoise(result, options.noise, stream.split('noise'));
  result = drawBlur(result, options.blur, stream.split('blur'));
  result = drawMultiplication(result, options.multiplication, stream.split('multiplication'));
  result = drawAddition(result, options.addition, stream.split('addition'));
  result = drawContrast(result, options.contrast, stream.split('contrast'));
  result = drawLowResolution(result, options.lowResolution, stream.split('low-resolution'));
  result = drawGamma(result, options.gamma, stream.split('gamma'));
  const sagittal = stream.split('sagittal-brightness');
  result = drawSagittalBrightness(result, options.sagittalBrightness, sagittal);
  return drawAxisMirror(result, options.mirror, stream.split('mirror'));
}

function checkAugmentationOptions(options: AugmentationOptions): void {
  for (const [step, stepOptions] of Object.entries(options)) {
    for (const [name, value] of Object.entries(stepOptions as Record<string, unknown>)) {
      if (/probability$/i.test(name)) checkProbability(`${step}.${name}`, value as number);
    }
  }
  const { spatial, planeRotation, noise, blur, multiplication, contrast, lowResolution, gamma } =
    options;
  const { sagittalBrightness } = options;
  checkRange('spatial.elasticStrength', spatial.elasticStrength, 0);
  checkRange('spatial.elasticSigma', spatial.elasticSigma, 0);
  checkRange('spatial.rotationDegrees', spatial.rotationDegrees, -180, 180);
  checkRange('spatial.scaleRange', spatial.scaleRange, 0);
  checkRange('planeRotation.degrees', planeRotation.degrees, -180, 180);
  checkRange('noise.deviationRange', noise.deviationRange, 0);
  checkRange('blur.sigmaRange', blur.sigmaRange, 0);
  checkRange('multiplication.factorRange', multiplication.factorRange, 0);
  checkRange('contrast.factorRange', contrast.factorRange, 0);
  checkRange('lowResolution.zoomRange', lowResolution.zoomRange, 0, 1);
  checkRange('gamma.gammaRange', gamma.gammaRange, 0);
  checkRange('sagittalBrightness.factorRange', sagittalBrightness.factorRange, 0);
  checkRange('sagittalBrightness.shiftRange', sagittalBrightness.shiftRange, -Number.MAX_VALUE);
}
