// %% [markdown]
// # 00 · Start here
//
// **Aim.** See that everything is installed, and meet the idea of MCKD on a toy. **Data.** Points made here. **You should see** a table of versions, two clouds of points, importance weights that diverge, and a table of
// the effect of distillation when the better view is absent.
//
// MCKD ("Meta-learned Cross-modal Knowledge Distillation for Handling Missing Modalities", arXiv 2405.07155) trains
// one model on several modalities so that it stays accurate when some are absent at test. It *learns how
// important each modality is* and *distils from the important ones into the others*.

// %%
import * as mckd from '@mckd/lib';

const book = mckd.startNotebook('00-start-here');
mckd.showTable(mckd.tables.versions());

// %% [markdown]
// ## From PyTorch to here
// The notebooks are TypeScript: JavaScript with types that are checked before a cell runs. What you know from PyTorch:
//
// | | PyTorch | here |
// | --- | --- | --- |
// | 1 | `x = torch.tensor([[1., 2.]])` | `const x = tf.tensor2d([[1, 2]])`; `const` is for names that stay |
// | 2 | `x.shape`, `x.size(0)` | `x.shape`, a list of numbers |
// | 3 | `x.sum().item()` | `tf.sum(x).dataSync()[0]` |
// | 4 | `x.tolist()` | `x.arraySync()` |
// | 5 | `a + b`, `a @ b` | `tf.add(a, b)`, `tf.matMul(a, b)`: tensors have no operators |
// | 6 | `loss.backward(); x.grad` | `tf.grad(loss)(x)`: the gradient of a *function* |
// | 7 | `with torch.no_grad():` | nothing: gradients are computed only where they are asked for |
// | 8 | `teacher.detach()` | a tensor from outside the function is a constant in it |
// | 9 | memory is freed when the last name is gone | it is not: `tf.tidy(() => ...)` frees what was made in it, `x.dispose()` a tensor |
// | 10 | `N, C, D, H, W` | `N, D, H, W, C`: channels last |
// | 11 | `lambda x: x + 1`, `[f(x) for x in xs]`, `f"{x:.2f}"` | `(x) => x + 1`, `xs.map((x) => f(x))`, `` `${x.toFixed(2)}` `` |
// | 12 | `for batch in loader:` | `for await (const step of training)`, in an `async` function: each step is waited for |
//
// A line of each, by number:

// %%
const tf = mckd.tf;
const x: mckd.tf.Tensor2D = tf.tensor2d([[1, 2]]); // 1; the type after the colon may be left out
console.log('2', x.shape);
console.log('3', tf.sum(x).dataSync()[0]);
console.log('4', x.arraySync());
console.log('5', tf.add(x, x).arraySync(), tf.matMul(x, tf.transpose(x)).arraySync());
console.log(
  '6',
  tf
    .grad((input) => tf.sum(tf.square(input)))(x)
    .arraySync(),
);
const teacher = tf.square(x); // 7: no gradient is kept of this
console.log(
  '8',
  tf
    .grad((student) => tf.sum(tf.square(tf.sub(teacher, student))))(x)
    .arraySync(),
);
const before = tf.memory().numTensors;
const sum = tf.tidy(() => tf.sum(tf.mul(x, 2)).dataSync()[0]);
console.log('9', sum, 'and', tf.memory().numTensors - before, 'tensors more than before');
const scan = tf.zeros([1, 4, 8, 8, 8]); // one sample, four channels, as in PyTorch
console.log('10', tf.transpose(scan, [0, 2, 3, 4, 1]).shape);
console.log(
  '11',
  [1, 2, 3].map((value) => `${(value / 3).toFixed(2)}`),
);
async function* training() {
  yield 'first step';
  yield 'second step';
}
const follow = async () => {
  for await (const step of training()) console.log('12', step);
};
await follow();

// %% [markdown]
// ## Two views of one class
// A class is one of four corners. View A shows it sharply, view B is blurred. Think of A as the MRI contrast that shows the
// tumour best, and of B as the one that every hospital has.

// %%
const train = mckd.toyData(60, 1);
const heldOut = mckd.toyData(200, 2);
const test = mckd.toyData(2000, 3);
mckd.showFigure(mckd.toyFigure(train));

// %% [markdown]
// ## How important is each view?
// A weight per view, $w = \mathrm{softmax}(\theta_w)$, multiplies its features. The **meta step** evaluates the weighted features on held-out points, which the network
// is not trained on, and moves $\theta_w$ so that the task loss on them falls:
// $$\theta_w \leftarrow \mathrm{Adam}\Big(\theta_w,\; \nabla_{\theta_w}\, \mathcal{L}_{task}\big(\mathrm{decode}(w_A f_A,\, w_B f_B)\big)\Big).$$

// %%
const importance = book.config.avMnist.importance;
const run = mckd.trainToy(train, heldOut, test, { distillationWeight: 1, importance });
book.show(mckd.toyWeightsFigure(run));

// %% [markdown]
// ## The important one teaches
// If a point has both views, the student's feature is pulled towards the teacher's, the more strongly the more important the
// teacher is: $\mathcal{L}_{KD} = \sum_{i \ne j} \frac{w_i}{w_j}\, \overline{|\mathrm{stop}(f_i) - f_j|}$. Here it is on two features of three numbers:

// %%
const fA = tf.tensor2d([[1, 2, 3]]);
const fB = tf.tensor2d([[1, 1, 1]]);
const ratios = mckd.teacherStudentRatios(tf.tensor1d([0.8, 0.2]));
console.log('w_i / w_j, teacher by student:', ratios.arraySync());
console.log('mean |f_A - f_B| =', (0 + 1 + 2) / 3, ', so L_KD = 4 x 1 + 0.25 x 1 =');
console.log(mckd.pairwiseDistillation([fA, fB], [[true, true]], ratios).dataSync()[0]);
console.log('B absent: its feature is filled with', mckd.fillMissing([fA, fB], [[true, false]])[1].arraySync());

// %% [markdown]
// Each function says what it computes, and is short enough to read. This is the filling, as it is shipped:

// %%
book.showSource(mckd.fillMissing);

// %% [markdown]
// ## What it changes
// Three trainings with three seeds each: no distillation, and distillation of weight 0.1 and 1. The last column is the hard case:
// the sharp view is absent.

// %%
const comparison = mckd.toyTable(
  [0, 0.1, 1].map((distillationWeight) => ({
    distillationWeight,
    runs: [0, 1, 2].map((seed) =>
      mckd.trainToy(mckd.toyData(60, 10 + seed), heldOut, test, { distillationWeight, importance: importance, seed }),
    ),
  })),
);
book.show(comparison);

// %% [markdown]
// ## The notebooks
// | notebook | what it does |
// | --- | --- |
// | 00 start here | this one |
// | 01 data preparation | four scans, three regions, normalisation, crops, subsets |
// | 02 baseline training | complete modalities in training; what breaks when one is missing |
// | 03 importance weights | the meta step, live |
// | 04 pairwise distillation | what it does to features and to the segmentation |
// | 05 BraTS table | 15 subsets x 3 regions, beside the published numbers; a case segmented with scans missing |
// | 06 Audiovision-MNIST | digits from image and speech: every cell of both tables, from real runs |
// | 07 ablations | one config line each, and the figures of the paper |
// | 08 rivals | seven other methods: an equation, a picture and a call each, and one table |
//
// Each notebook begins with what it needs and how long it takes. Nobody has to read them all:

// %%
book.show(mckd.tables.readingPaths());

// %% [markdown]
// **Try it.** Change `distillationWeight` where `run` is trained, or the noise of the views: `mckd.toyData(60, 1, [0.35, 0.9])`.

// %% [markdown]
// ## Exercises
// `mckd.given` has the numbers of a question, `mckd.check` says whether an answer is right, or gives a hint. Put your answer
// in the place of `undefined`; three digits are enough, and the functions of `mckd` may be used. Solutions: `notebooks/solutions/`.

// %% [markdown]
// **00.1** Three views have the parameters `theta`. Which weights $w = \mathrm{softmax}(\theta_w)$ do they get?

// %%
const q1 = mckd.given('00.1');
console.log(q1);
mckd.check('00.1', undefined);

// %% tags=["solution"]
const powers = q1.theta.map((value) => Math.exp(value));
const powerSum = powers.reduce((a, b) => a + b);
mckd.check(
  '00.1',
  powers.map((power) => power / powerSum),
);

// %% [markdown]
// **00.2** One sample, three views with features of four numbers; the second view is absent. With what is its feature filled?

// %%
const q2 = mckd.given('00.2');
console.log(q2);
mckd.check('00.2', undefined);

// %% tags=["solution"]
const [first, absent, third] = q2.features;
mckd.check(
  '00.2',
  absent.map((value, k) => (first[k] + third[k]) / 2),
);

// %% [markdown]
// **00.3** Two views with weights `w` and features `fA`, `fB`. How large is $\mathcal{L}_{KD}$ by the formula above? First by hand.

// %%
const q3 = mckd.given('00.3');
console.log(q3);
mckd.check('00.3', undefined);

// %% tags=["solution"]
const distances = q3.fA.map((value, k) => Math.abs(value - q3.fB[k]));
const meanDistance = distances.reduce((a, b) => a + b) / distances.length;
const bothRatios = q3.w[0] / q3.w[1] + q3.w[1] / q3.w[0];
mckd.check('00.3', bothRatios * meanDistance);

// %%
const [wA, wB] = run.weights[run.weights.length - 1];
await mckd.finishNotebook([
  {
    claim: 'the sharp view gets the larger weight',
    holds: wA > wB,
    found: `${wA.toFixed(2)} against ${wB.toFixed(2)}`,
  },
  { claim: 'the weights sum to 1', holds: Math.abs(wA + wB - 1) < 1e-5 },
  { claim: 'the sharp view alone beats the blurred one alone', holds: run.accuracy.onlyA > run.accuracy.onlyB },
]);
