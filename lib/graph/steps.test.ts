import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { randomStream } from '../base/random';
import { relu } from '../nn/elementwise';
import { valueAndGradients } from '../nn/gradients';
import { usingKernels } from '../nn/kernels';
import { linear } from '../nn/layers2d';
import { crossEntropy } from '../nn/losses';
import { initSgd, sgdStep } from '../nn/sgd';
import { linearParameters, type Parameters } from '../nn/parameters';
import { tf } from '../nn/tf';
import { nodeBackend } from './binding';
import { KEPT_SIGNATURES, openSteps, type Step, type Steps, type StepsOptions } from './steps';

/** Values of tensors as bytes. */
function bytesOf(tensors: readonly tf.Tensor[]): string[] {
  return tensors.map((tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('hex'));
}

/** With functions whatever MCKD_STEPS says. */
function openFunctions(t: TestContext, options: StepsOptions = {}): Steps {
  const before = process.env.MCKD_STEPS;
  delete process.env.MCKD_STEPS;
  const steps = openSteps({
    onRefused: (note) => {
      throw new Error(note);
    },
    ...options,
  });
  t.after(() => {
    if (before !== undefined) process.env.MCKD_STEPS = before;
    steps.dispose();
  });
  return steps;
}

interface Net {
  parameters: Parameters;
  velocity: Parameters;
}

/** 20 -> 30, ReLU -> 10. */
function createNet(): Net {
  const stream = randomStream(1, 'net');
  const parameters = {
    ...linearParameters('a', 20, 30, stream),
    ...linearParameters('b', 30, 10, stream),
  };
  return { parameters, velocity: initSgd(parameters) };
}

const variablesOf = ({ parameters, velocity }: Net): tf.Variable[] => [
  ...Object.values(parameters),
  ...Object.values(velocity),
];

/** A step of training on a batch; its result is the loss. */
function netStep({ parameters, velocity }: Net, stream = randomStream(2, 'batches')) {
  return (rows: number, rate: number): Step<string[]> & { free: () => void } => {
    const x = tf.tensor2d(
      Float32Array.from({ length: rows * 20 }, () => stream.uniform()),
      [rows, 20],
    );
    const y = tf.tensor1d(
      Array.from({ length: rows }, () => stream.integer(10)),
      'int32',
    );
    const learningRate = tf.scalar(rate);
    return {
      signature: `net ${rows}`,
      inputs: [x, y, learningRate],
      variables: variablesOf({ parameters, velocity }),
      compute: () => {
        const { value, gradients } = valueAndGradients(
          () => crossEntropy(linear(parameters, 'b', relu(linear(parameters, 'a', x))), y),
          parameters,
        );
        sgdStep(parameters, gradients, velocity, learningRate, { momentum: 0.9, nesterov: true });
        return { results: [value], note: Object.keys(gradients) };
      },
      free: () => tf.dispose([x, y, learningRate]),
    };
  };
}

/** Loss of each of some steps, and the bytes of all variables after them. */
function train(steps: Steps, net: Net, count: number): { losses: number[]; bytes: string[] } {
  const make = netStep(net);
  const losses: number[] = [];
  for (let i = 0; i < count; i++) {
    const step = make(16, 0.1 / (i + 1));
    const { results, note, accepted } = steps.run(step);
    assert.deepEqual(note, ['a.weight', 'a.bias', 'b.weight', 'b.bias']);
    assert.ok(accepted);
    losses.push(results[0].dataSync()[0]);
    tf.dispose(results);
    step.free();
  }
  return { losses, bytes: bytesOf(variablesOf(net)) };
}

describe('a step as one function', () => {
  for (const kernels of ['native', 'composed', 'fused'] as const) {
    test(`gives the bits of the step op by op: ${kernels}`, (t) => {
      const run = (): void => {
        const [net, twin] = [createNet(), createNet()];
        const steps = openFunctions(t);
        const function_ = train(steps, net, 8);
        assert.equal(steps.functions(), 1);
        const eager = openSteps({ expected: 1 });
        assert.deepEqual(train(eager, twin, 8), function_);
        assert.equal(eager.functions(), 0);
        [net, twin].forEach((one) => tf.dispose(variablesOf(one)));
      };
      usingKernels(kernels, run);
    });
  }

  test('leaves no tensor behind, whether recorded, made or run', (t) => {
    const net = createNet();
    const steps = openFunctions(t);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) {
      train(steps, net, 1);
      assert.equal(tf.memory().numTensors, before);
    }
    assert.equal(steps.functions(), 1);
    tf.dispose(variablesOf(net));
  });

  test('leaves the variables as they were where the step is not accepted or throws', (t) => {
    const net = createNet();
    const steps = openFunctions(t);
    const make = netStep(net);
    const start = bytesOf(variablesOf(net));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) {
      const step = make(4, 1);
      const { results, accepted } = steps.run({ ...step, accept: () => false });
      assert.equal(accepted, false);
      const broken = {
        ...step,
        signature: 'broken',
        compute: (draw: () => tf.Tensor) => {
          step.compute(draw);
          throw new Error('no memory');
        },
      };
      assert.throws(() => steps.run(broken), /no memory/);
      tf.dispose(results);
      step.free();
    }
    assert.equal(steps.functions(), 1);
    assert.deepEqual(bytesOf(variablesOf(net)), start);
    assert.equal(tf.memory().numTensors, before);
    tf.dispose(variablesOf(net));
  });

  test('gives arguments, constants and equal results back as results', (t) => {
    const steps = openFunctions(t);
    const run = (value: number): string[] => {
      const x = tf.tensor1d([value, 2]);
      const { results } = steps.run({
        signature: 'plain',
        inputs: [x],
        variables: [],
        compute: () => {
          const doubled = tf.mul(x, 2);
          const results = [x.clone(), tf.scalar(7), doubled, doubled.clone(), tf.zeros([50, 50])];
          return { results, note: null };
        },
      });
      const bytes = bytesOf(results);
      tf.dispose([...results, x]);
      return bytes;
    };
    const eager = [1, 2, 3].map(run)[2];
    assert.equal(steps.functions(), 1);
    assert.deepEqual(run(3), eager);
  });

  test('is given what is drawn on the way', (t) => {
    const steps = openFunctions(t);
    let next = 0;
    const found = Array.from({ length: 5 }, () => {
      const { results } = steps.run({
        ...{ signature: 'drawn', inputs: [], variables: [] },
        draw: () => tf.scalar(++next),
        compute: (draw) => ({ results: [tf.sub(draw(), tf.mul(draw(), 10))], note: null }),
      });
      const [value] = results[0].dataSync();
      tf.dispose(results);
      return value;
    });
    assert.deepEqual(found, [1 - 20, 3 - 40, 5 - 60, 7 - 80, 9 - 100]);
  });
});

describe('which steps become functions', () => {
  test('those of MCKD_STEPS=eager and of short runs do not', (t) => {
    const net = createNet();
    const steps = openFunctions(t);
    process.env.MCKD_STEPS = 'eager';
    train(steps, net, 4);
    delete process.env.MCKD_STEPS;
    const short = openSteps({ expected: 19 });
    train(short, net, 4);
    assert.equal(steps.functions() + short.functions(), 0);
    tf.dispose(variablesOf(net));
  });

  test('each signature becomes one, told before, and the oldest is removed', (t) => {
    const told: string[] = [];
    const steps = openFunctions(t, { onCompile: (signature) => told.push(signature) });
    const run = (rows: number): void => {
      const x = tf.ones([rows]);
      const { results } = steps.run({
        ...{ signature: `${rows}`, inputs: [x], variables: [] },
        compute: () => ({ results: [tf.sum(x)], note: null }),
      });
      assert.equal(results[0].dataSync()[0], rows);
      tf.dispose([...results, x]);
    };
    const all = Array.from({ length: KEPT_SIGNATURES + 3 }, (_, i) => i + 1);
    for (const rows of all) for (let i = 0; i < 3; i++) run(rows);
    assert.equal(steps.functions(), KEPT_SIGNATURES);
    assert.deepEqual(told, all.map(String));
    run(4);
    run(1);
    run(1);
    assert.deepEqual(told.slice(all.length), ['1']);
    steps.dispose();
    assert.equal(steps.functions(), 0);
  });

  test('a step that TensorFlow refuses continues op by op, with one note', (t) => {
    const notes: string[] = [];
    const steps = openFunctions(t, { onRefused: (note) => notes.push(note) });
    const { binding } = nodeBackend();
    const refuse = (): never => {
      throw new Error('the graph: no such op');
    };
    const run = (signature: string): number => {
      const x = tf.scalar(3);
      const backend = nodeBackend();
      backend.binding = Object.create(binding, {
        addFunction: { value: refuse },
      }) as typeof binding;
      try {
        const { results } = steps.run({
          ...{ signature, inputs: [x], variables: [] },
          compute: () => ({ results: [tf.square(x)], note: null }),
        });
        const [value] = results[0].dataSync();
        tf.dispose([...results, x]);
        return value;
      } finally {
        backend.binding = binding;
      }
    };
    for (const signature of ['a', 'b']) for (let i = 0; i < 3; i++) assert.equal(run(signature), 9);
    assert.equal(notes.length, 1);
    assert.match(notes[0], /refused .* step "a", which continues op by op: the graph: no such op/);
    assert.equal(steps.functions(), 0);
  });
});

describe('what can not be recorded is an error', () => {
  const step = (compute: () => tf.Tensor, inputs: tf.Tensor[] = []): Step<null> => ({
    ...{ signature: 'wrong', inputs, variables: [] },
    compute: () => ({ results: [compute()], note: null }),
  });

  test('a number that changes', (t) => {
    const steps = openFunctions(t);
    const x = tf.scalar(2);
    let rate = 0.5;
    const wrong = step(() => tf.mul(x, (rate /= 2)), [x]);
    tf.dispose(steps.run(wrong).results);
    const before = tf.memory().numTensors;
    assert.throws(
      () => steps.run(wrong),
      /the step "wrong" .*Mul is given 0\.25 \(\[\]\) the first time and 0\.125 \(\[\]\) the second/,
    );
    assert.equal(tf.memory().numTensors, before);
    x.dispose();
  });

  test('a number that first changes when the step is a function, within its 20 next runs', (t) => {
    const steps = openFunctions(t);
    const x = tf.scalar(2);
    let runs = 0;
    const wrong = step(() => tf.mul(x, runs < 10 ? 0.5 : 0.25), [x]);
    const run = (): void => {
      runs += 1;
      tf.dispose(steps.run(wrong).results);
    };
    for (let i = 0; i < 21; i++) run();
    const before = tf.memory().numTensors;
    assert.throws(run, /the step "wrong" is made of other ops or numbers in its run 22 /);
    assert.equal(tf.memory().numTensors, before);
    x.dispose();
  });

  test('ops and attributes that change', (t) => {
    const x = tf.ones([2, 3]);
    for (const compute of [
      (time: number) => (time === 1 ? tf.square(x) : tf.sqrt(x)),
      (time: number) => (time === 1 ? tf.square(x) : tf.square(tf.square(x))),
      (time: number) => tf.sum(x, 0, time === 1),
    ]) {
      const steps = openFunctions(t);
      let time = 0;
      const wrong = step(() => compute(++time), [x]);
      tf.dispose(steps.run(wrong).results);
      assert.throws(() => steps.run(wrong), /the first time and .* the second/);
    }
    x.dispose();
  });

  test('reading values, and tensors from elsewhere', (t) => {
    const steps = openFunctions(t);
    const x = tf.ones([2]);
    const elsewhere = tf.square(x);
    assert.throws(
      () => steps.run(step(() => tf.mul(x, tf.square(x).dataSync()[0]), [x])),
      /reads the values of a tensor \(after Square\)/,
    );
    assert.throws(
      () => steps.run(step(() => tf.add(x, elsewhere), [x])),
      /Add reads a tensor \(its input 1\) that was made outside of the step/,
    );
    assert.throws(
      () => steps.run(step(() => elsewhere.clone(), [x])),
      /a result of a step was made outside of the step/,
    );
    assert.throws(() => steps.run(step(() => tf.square(x), [x, x])), /are one tensor/);
    tf.dispose([x, elsewhere]);
  });
});
