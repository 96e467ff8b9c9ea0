// Golden numbers: PyTorch in float64, inputs sin(.37 k), weights cos(.23 k), losses sum(y cos(.11 k)),
// k counting in PyTorch's order N, C, D, H, W; weights standardised as in the authors' code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FROM_TORCH } from '../brats/checkpoint/layout';
import { tf } from './tf';
import { valueAndGradients } from './gradients';
import {
  conv3d,
  doubleSize,
  instanceNorm,
  standardise,
  upsampleInPlane,
  type Conv3dOptions,
} from './layers3d';
import { usingKernels } from './kernels';
import { maxPool3d } from './max-pool3d';
import { assertClose, assertNoLeak, patterned } from '../checks/fixtures/tensors';

/** f(k) in PyTorch's order [N, C, D, H, W], laid out N, D, H, W, C. */
function volume(torchShape: number[], f: (k: number) => number): tf.Tensor5D {
  return tf.tidy(() => tf.transpose(patterned(torchShape, f) as tf.Tensor5D, [0, 2, 3, 4, 1]));
}

const torchShape = (y: tf.Tensor5D): number[] => [0, 4, 1, 2, 3].map((axis) => y.shape[axis]);

/** A test with each kind of kernels. */
function testInAll(name: string, body: () => void): void {
  for (const kind of ['native', 'composed', 'fused'] as const) {
    test(`${name}: ${kind}`, () => usingKernels(kind, body));
  }
}

/** sum(y cos(.11 k)). */
function weighted(y: tf.Tensor5D): tf.Scalar {
  return tf.tidy(
    () =>
      tf.sum(
        tf.mul(
          y,
          volume(torchShape(y), (k) => Math.cos(0.11 * k)),
        ),
      ) as tf.Scalar,
  );
}

const sumOfAbsolutes = (x: tf.Tensor): number => tf.tidy(() => tf.sum(tf.abs(x)).dataSync()[0]);

const CONVOLUTIONS: {
  name: string;
  kernel: number;
  shape: number[];
  outputs: number;
  options: Conv3dOptions;
  y: number[];
  dx: number[];
  dxSum: number;
  dwSum: number;
}[] = [
  {
    name: 'dilated by 2',
    kernel: 3,
    shape: [5, 4, 3],
    outputs: 2,
    options: { dilation: 2 },
    y: [0.024296, -0.124854, -0.046443, -0.1222, -0.209042, -0.352284],
    dx: [-15.763048, -15.671004, -7.939539, -7.957498],
    dxSum: 957.38311,
    dwSum: 400.291037,
  },
  {
    name: 'with stride 2',
    kernel: 3,
    shape: [4, 4, 6],
    outputs: 2,
    options: { stride: [2, 2, 2] },
    y: [-0.624617, -1.12083, -4.452994, -4.873802, -6.165673, -6.014602],
    dx: [-1.706629, -1.678948, -3.185048, -3.13734],
    dxSum: 154.885506,
    dwSum: 216.292655,
  },
  {
    name: 'with stride (1, 2, 2)',
    kernel: 3,
    shape: [3, 4, 4],
    outputs: 2,
    options: { stride: [1, 2, 2] },
    y: [0.08923, -0.090909, -1.414075, -2.226426, -4.080331, -4.049867],
    dx: [-1.111901, -1.025146, -2.21411, -2.059975],
    dxSum: 108.22377,
    dwSum: 100.310331,
  },
  {
    name: 'of 1x1x1 with stride 2',
    kernel: 1,
    shape: [4, 4, 4],
    outputs: 3,
    options: { stride: [2, 2, 2] },
    y: [0.702185, 0.702185, 0.702185, 0.939178, 0.939178, 0.939178],
    dx: [1.02465, -1.02465, 0, 0],
    dxSum: 8.011527,
    dwSum: 0,
  },
];

for (const { name, kernel, shape, outputs, options, y, dx, dxSum, dwSum } of CONVOLUTIONS) {
  testInAll(`a standardised convolution ${name} is PyTorch's, and so are its gradients`, () => {
    assertNoLeak(() => {
      tf.tidy(() => {
        const x = volume([1, 2, ...shape], (k) => Math.sin(0.37 * k));
        const torchWeight = patterned([outputs, 2, kernel, kernel, kernel], (k) =>
          Math.cos(0.23 * k),
        );
        const weight = tf.transpose(torchWeight, FROM_TORCH) as tf.Tensor5D;
        const run = (): tf.Tensor5D => conv3d(x, standardise(weight) as tf.Tensor5D, options);
        assertClose(run().dataSync().slice(0, 6), y, 2e-5);
        const { gradients } = valueAndGradients(() => weighted(run()), { x, weight });
        assertClose(gradients.x.dataSync().slice(0, 4), dx, 1e-4);
        assertClose([sumOfAbsolutes(gradients.x)], [dxSum], 1e-5 * dxSum + 1e-4);
        assertClose([sumOfAbsolutes(gradients.weight)], [dwSum], 1e-4 * dwSum + 1e-4);
      });
    });
  });
}

testInAll("instance norm is PyTorch's, and so are its gradients", () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const tensors = {
        x: volume([2, 2, 2, 3, 2], (k) => Math.sin(0.37 * k)),
        'n.weight': tf.tensor1d([1.5, -0.5]),
        'n.bias': tf.tensor1d([0.1, 0.2]),
      };
      const run = (): tf.Tensor5D => instanceNorm(tensors, 'n', tensors.x);
      assertClose(
        run().dataSync().slice(0, 6),
        [-0.743338, 0.867115, 0.201758, 0.887873, 1.01894, 0.82155],
        2e-6,
      );
      const { gradients } = valueAndGradients(() => weighted(run()), tensors);
      assertClose(
        gradients.x.dataSync().slice(0, 6),
        [0.854558, -0.083063, 0.57096, -0.004453, 0.292207, 0.037951],
        5e-6,
      );
      assertClose(gradients['n.weight'], [2.627137, -8.077816], 1e-5);
      assertClose(gradients['n.bias'], [-1.920092, -5.50633], 1e-5);
    });
  });
});

test('max pooling gives the gradient to the first of equal voxels, as PyTorch does', () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const gradientOf = (x: tf.Tensor5D): [number, number][] => {
        const places = (y: tf.Tensor5D): tf.Tensor5D => volume(torchShape(y), (k) => k + 1);
        const loss = (): tf.Scalar => {
          const y = maxPool3d(x);
          return tf.sum(tf.mul(y, places(y))) as tf.Scalar;
        };
        const values = Array.from(valueAndGradients(loss, { x }).gradients.x.dataSync());
        return values.map((v, i): [number, number] => [i, v]).filter(([, v]) => v !== 0);
      };
      const zeros = [
        [0, 1],
        [1, 2],
        [4, 3],
        [5, 4],
        [16, 5],
        [17, 6],
        [20, 7],
        [21, 8],
      ];
      assert.deepEqual(gradientOf(tf.zeros([1, 4, 4, 4, 1])), zeros);
      const odd = volume([1, 1, 3, 5, 4], (k) => Math.sin(1.7 * k));
      assertClose(
        maxPool3d(odd),
        [
          0.991665, 0.991665, 0.999793, 0.949404, 0.999793, 0.980589, 0.892012, 0.9856, 0.998858,
          0.998858, 0.844798, 0.980589,
        ],
        1e-6,
      );
      assert.deepEqual(gradientOf(odd), [
        [1, 3],
        [12, 8],
        [23, 8],
        [34, 4],
        [38, 18],
        [45, 7],
        [49, 19],
        [53, 11],
      ]);
    });
  });
});

test("doubling a volume's size is PyTorch's transposed convolution", () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const x = volume([1, 2, 1, 2, 2], (k) => Math.sin(0.37 * k));
      const weight = tf.transpose(
        patterned([2, 3, 2, 2, 2], (k) => Math.cos(0.23 * k)),
        FROM_TORCH,
      ) as tf.Tensor5D;
      const y = doubleSize(x, weight);
      assert.deepEqual(y.shape, [1, 2, 4, 4, 3]);
      assertClose(
        y.dataSync().slice(0, 6),
        [0.719661, 0.472182, -0.970828, 0.857645, 0.259852, -0.995867],
        2e-6,
      );
      assertClose(y.dataSync().slice(-3), [0.312007, -1.324218, 0.392381], 2e-6);
    });
  });
});

test("upsampling in the plane is PyTorch's trilinear, gradient included (tfjs's own forgets the half pixel)", () => {
  assertNoLeak(() => {
    tf.tidy(() => {
      const x = volume([1, 1, 1, 2, 3], (k) => Math.sin(0.37 * k));
      assertClose(
        upsampleInPlane(x).dataSync().slice(0, 6),
        [0, 0.090404, 0.271212, 0.439784, 0.59612, 0.674288],
        2e-6,
      );
      const { gradients } = valueAndGradients(() => weighted(upsampleInPlane(x)), { x });
      assertClose(
        gradients.x,
        [3.195507, 2.790779, 2.276491, -0.274376, -0.99896, -1.684326],
        5e-6,
      );
    });
  });
});
