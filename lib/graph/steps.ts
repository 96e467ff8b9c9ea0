/**
 * Steps that run as one function of TensorFlow. JavaScript hands TensorFlow a step op by op, a training step several
 * thousands of them, and for small tensors and on a GPU that takes longer than computing. So the first two times a step
 * of a kind runs as ever and is recorded; where both recordings are the same, node by node, they become a function, and
 * from then on a step is one op. Of a function's runs the 20th, 200th, 2000th, ... is recorded once more, for a number
 * that changes late.
 *
 * Either way it gives the same bits on a processor. MCKD_STEPS=eager turns it off.
 */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { sha256 } from '../base/sha256';
import { tf } from '../nn/tf';
import { DATA_TYPES, nodeBackend } from './binding';
import { graphDef, nodesFor, type GraphDef, type GraphNode, type Ref } from './graph-def';
import { firstDifference, recordOps } from './record';

/** A computation that is made again and again. */
export interface Step<N> {
  /** All by which JavaScript decides which ops the step is made of: two steps of one signature differ in inputs alone. */
  signature: string;
  /** The tensors that `compute` reads beside `variables`; they stay the caller's. */
  inputs: readonly tf.Tensor[];
  /** Those that `compute` may read and assign. */
  variables: readonly tf.Variable[];
  /** More inputs, made when `compute` requests them, such as the seeds of a dropout; the step disposes of them. */
  draw?: () => tf.Tensor;
  /**
   * The step itself, in a tidy. It reads no values of tensors, and no number in it may change from one step to the next:
   * that is what inputs are for.
   * @param draw gives what the step's own `draw` gives
   */
  compute: (draw: () => tf.Tensor) => Computed<N>;
  /** Are the variables to get their new values? Default: yes. */
  accept?: (results: tf.Tensor[]) => boolean;
}

export interface Computed<N> {
  results: tf.Tensor[];
  /** What depends only on the signature, such as names of the results: plain data. */
  note: N;
}

export interface StepResult<N> extends Computed<N> {
  /** Did the variables get their new values? If not, they are as they were. */
  accepted: boolean;
}

export interface Steps {
  /**
   * The caller disposes of the results. An error leaves all variables as they were.
   * @throws Error where a recorded step of a signature is not made of the same ops and numbers as the ones before, or where
   *   it reads values
   */
  run<N>(step: Step<N>): StepResult<N>;
  /** How many functions there are now. */
  functions(): number;
  /** Removes all functions. */
  dispose(): void;
}

export interface StepsOptions {
  /** How many steps are to come, about: few are not worth a function. Default: many. */
  expected?: number;
  /** Called before a function is made, which can take seconds. */
  onCompile?: (signature: string) => void;
  /** Called when a function was made. */
  onCompiled?: (made: CompiledStep) => void;
  /** Called once if TensorFlow refuses a function; such steps run op by op. Default: a warning of the process. */
  onRefused?: (note: string) => void;
}

/** A function that was made. */
export interface CompiledStep {
  signature: string;
  /** Of the graph: arguments, constants, ops. */
  nodes: number;
  /** Of comparing the two recordings, writing the graph, and handing it to TensorFlow, which optimises it at the first call. */
  seconds: number;
}

/** Runs of fewer steps go without functions: making one takes as long as some steps. */
const WORTHWHILE = 20;

/** So many signatures are kept; the one that was used least recently goes first. */
export const KEPT_SIGNATURES = 32;

/** The caller disposes of it. */
export function openSteps(options: StepsOptions = {}): Steps {
  const { expected = Infinity, onCompile, onCompiled, onRefused = warn } = options;
  const known = new LRUCache<string, Known>({ max: KEPT_SIGNATURES, dispose: forget });
  let refused = false;

  const refuse = (signature: string, error: unknown): Known => {
    if (!refused) onRefused(refusal(signature, error));
    refused = true;
    return { kind: 'refused' };
  };

  /** What follows on a recorded step: with the one before it, a function. */
  const learn = (signature: string, recorded: Recorded, before: Known | undefined): Known => {
    if (before?.kind !== 'recorded') return { kind: 'recorded', ...recorded };
    const started = performance.now();
    const difference = differenceOf(before, recorded);
    if (difference !== undefined) {
      throw new Error(
        `the step "${signature}" can't run as one function, as ${difference}: what changes from step to step has to be an input, or part of the signature (MCKD_STEPS=eager runs it op by op)`,
      );
    }
    onCompile?.(signature);
    try {
      const made = compile(recorded);
      const seconds = (performance.now() - started) / 1000;
      onCompiled?.({ signature, nodes: made.nodes, seconds });
      return { kind: 'function', ...made };
    } catch (error) {
      return refuse(signature, error);
    }
  };

  /** By its function; where TensorFlow refuses that only now, op by op, with the same inputs. */
  const call = <N>(step: Step<N>, own: StepFunction): Outcome<N> => {
    const { signature, draw = noDraw } = step;
    const drawn = Array.from({ length: own.drawn }, () => draw());
    try {
      const outcome = runFunction(step, own, drawn);
      own.ran = true;
      return outcome;
    } catch (error) {
      if (own.ran) throw error;
      known.set(signature, refuse(signature, error));
      const again = drawn.map((tensor) => tensor.clone());
      return runEagerly({ ...step, draw: () => again.shift() ?? noDraw() }, undefined);
    } finally {
      tf.dispose(drawn);
    }
  };

  /** Op by op, to see whether the function is still what the step is. */
  const check = <N>(step: Step<N>, own: StepFunction): Outcome<N> => {
    const { outcome, recorded } = recordStep(step);
    if (fingerprintOf(recorded) === own.fingerprint) return outcome;
    disposeOutcome(outcome);
    throw new Error(
      `the step "${step.signature}" is made of other ops or numbers in its run ${own.runs + RECORDED_BEFORE} than when it became one function: what changes from step to step has to be an input, or part of the signature (MCKD_STEPS=eager runs it op by op)`,
    );
  };

  return {
    run: (step) => {
      if (!functionsWanted(expected)) return settle(step, runEagerly(step, undefined));
      const before = known.get(step.signature);
      if (before?.kind === 'function') {
        before.runs += 1;
        return settle(step, isChecked(before.runs) ? check(step, before) : call(step, before));
      }
      if (before?.kind === 'refused') return settle(step, runEagerly(step, undefined));
      const { outcome, recorded } = recordStep(step);
      try {
        known.set(step.signature, learn(step.signature, recorded, before));
      } catch (error) {
        disposeOutcome(outcome);
        throw error;
      }
      return settle(step, outcome);
    },
    functions: () => [...known.values()].filter(({ kind }) => kind === 'function').length,
    dispose: () => known.clear(),
  };
}

/** Runs of a step before it is a function. */
const RECORDED_BEFORE = 2;

/** Is a function's run recorded? The 20th and each ten times as late. */
function isChecked(runs: number): boolean {
  let due = 20;
  while (due < runs) due *= 10;
  return due === runs;
}

function functionsWanted(expected: number): boolean {
  const { binding } = nodeBackend();
  return (
    expected >= WORTHWHILE &&
    process.env.MCKD_STEPS !== 'eager' &&
    binding.addFunction !== undefined &&
    // In double precision (checks/parity) tensors are cast on their way in and out.
    binding.TF_FLOAT === DATA_TYPES.float32
  );
}

function warn(note: string): void {
  process.emitWarning(note);
}

function refusal(signature: string, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `TensorFlow refused to make one function of the step "${signature}", which continues op by op: ${why}`;
}

// ---------------------------------------------------------------- running

/** A step done, its variables as they were. */
interface Outcome<N> {
  computed: Computed<N>;
  /** New values by their place in the step's variables. */
  changed: ReadonlyMap<number, tf.Tensor>;
}

function disposeOutcome({ computed, changed }: Outcome<unknown>): void {
  tf.dispose([...computed.results, ...changed.values()]);
}

/** Gives the variables their values, if the step wants that. */
function settle<N>(step: Step<N>, { computed, changed }: Outcome<N>): StepResult<N> {
  try {
    const accepted = step.accept?.(computed.results) ?? true;
    if (accepted) changed.forEach((value, i) => step.variables[i].assign(value));
    return { ...computed, accepted };
  } finally {
    tf.dispose([...changed.values()]);
  }
}

/** Op by op. @param onDraw called with each drawn input */
function runEagerly<N>(
  { variables, draw = noDraw, compute }: Step<N>,
  onDraw: ((drawn: tf.Tensor) => void) | undefined,
): Outcome<N> {
  const before = variables.map((variable) => variable.clone());
  const changed = new Map<number, tf.Tensor>();
  try {
    let note: N | undefined;
    const results = tf.tidy(() => {
      const computed = compute(() => {
        const drawn = draw();
        onDraw?.(drawn);
        return drawn;
      });
      note = computed.note;
      return computed.results;
    });
    variables.forEach((variable, i) => {
      if (variable.dataId !== before[i].dataId) changed.set(i, variable.clone());
    });
    return { computed: { results, note: note as N }, changed };
  } finally {
    variables.forEach((variable, i) => {
      if (variable.dataId !== before[i].dataId) variable.assign(before[i]);
    });
    tf.dispose(before);
  }
}

function noDraw(): never {
  throw new Error('a step draws inputs, but was given no draw');
}

// ---------------------------------------------------------------- recording

type Known =
  ({ kind: 'recorded' } & Recorded) | ({ kind: 'function' } & StepFunction) | { kind: 'refused' };

interface Recorded {
  nodes: readonly GraphNode[];
  /** Nodes of the step's inputs, variables and what was drawn, in this order. */
  given: readonly number[];
  drawn: number;
  results: readonly Ref[];
  /** New values by their place in the step's variables. */
  changed: readonly (readonly [variable: number, value: Ref])[];
  note: unknown;
}

function recordStep<N>(step: Step<N>): { outcome: Outcome<N>; recorded: Recorded } {
  return recordOps((recorder) => {
    const given = [...step.inputs, ...step.variables].map((tensor) => recorder.declare(tensor));
    let drawn = 0;
    const outcome = runEagerly(step, (tensor) => {
      given.push(recorder.declare(tensor));
      drawn += 1;
    });
    const { results, note } = outcome.computed;
    try {
      const recorded: Recorded = {
        ...{ nodes: recorder.nodes, given, drawn, note },
        results: results.map((result) => recorder.refOf(result, 'a result of a step')),
        changed: [...outcome.changed].map(([i, value]) => [
          i,
          recorder.refOf(value, `what the variable ${step.variables[i].name} was assigned`),
        ]),
      };
      return { outcome, recorded };
    } catch (error) {
      tf.dispose([...results, ...outcome.changed.values()]);
      throw error;
    }
  });
}

function differenceOf(first: Recorded, second: Recorded): string | undefined {
  const difference = firstDifference(first.nodes, second.nodes);
  if (difference !== undefined) return difference;
  return endsOf(first) === endsOf(second)
    ? undefined
    : `its results are ${endsOf(first)} the first time and ${endsOf(second)} the second`;
}

/** What of a recorded step is beside its nodes. */
function endsOf({ given, results, changed, note }: Recorded): string {
  return JSON.stringify({ given, results, changed, note });
}

/** Equal where two recorded steps are. Their nodes would take some megabytes each. */
function fingerprintOf(recorded: Recorded, { graph } = graphOf(recorded)): string {
  return sha256(`${sha256(graph.bytes)} ${endsOf(recorded)}`);
}

// ---------------------------------------------------------------- functions

interface StepFunction {
  name: string;
  /** Which of inputs, variables and what was drawn the function is given: what it reads. */
  arguments: readonly number[];
  drawn: number;
  results: number;
  /** The variables whose new values come behind the results. */
  changed: readonly number[];
  note: unknown;
  /** Of what it was made of. */
  fingerprint: string;
  /** Of its graph. */
  nodes: number;
  runs: number;
  /** Has it run without an error? TensorFlow looks at some things only then. */
  ran: boolean;
}

/** @returns the graph, and which of `given` it reads */
function graphOf({ nodes, given, results, changed }: Recorded): {
  graph: GraphDef;
  places: number[];
} {
  const outputs = [...results, ...changed.map(([, value]) => value)];
  const needed = nodesFor(nodes, outputs);
  const places = given.flatMap((node, i) => (needed.has(node) ? [i] : []));
  const graph = graphDef(
    nodes,
    places.map((i) => given[i]),
    outputs,
  );
  return { graph, places };
}

function compile(recorded: Recorded): StepFunction {
  const { drawn, results, changed, note } = recorded;
  const made = graphOf(recorded);
  const { graph, places } = made;
  // Names are not given twice: several copies of this module may share one context.
  const name = `MckdStep_${randomUUID().replaceAll('-', '')}`;
  nodeBackend().binding.addFunction?.(name, graph.bytes, graph.inputs, graph.outputs);
  return {
    ...{ name, arguments: places, drawn, results: results.length, note },
    ...{ fingerprint: fingerprintOf(recorded, made), nodes: graph.nodes, runs: 0, ran: false },
    changed: changed.map(([variable]) => variable),
  };
}

function runFunction<N>(
  { inputs, variables }: Step<N>,
  own: StepFunction,
  drawn: readonly tf.Tensor[],
): Outcome<N> {
  const backend = nodeBackend();
  const given = [...inputs, ...variables, ...drawn];
  const ids = backend.getInputTensorIds(own.arguments.map((i) => given[i]));
  const outputs = backend.binding.executeOp(own.name, [], ids, own.results + own.changed.length);
  const tensors = outputs.map((output) => backend.createOutputTensor(output));
  return {
    computed: { results: tensors.slice(0, own.results), note: own.note as N },
    changed: new Map(own.changed.map((variable, i) => [variable, tensors[own.results + i]])),
  };
}

function forget(known: Known): void {
  if (known.kind === 'function') nodeBackend().binding.removeFunction?.(known.name);
}
