/**
 * How trainings are distributed over a machine: how many processes, with how many threads of TensorFlow
 * each, on which GPUs. Depends on the machine and on the whole experiment only, not on what is done of it or on
 * what else runs, since the number of threads changes the last digits: an experiment that was stopped resumes
 * with the same threads.
 */
import { UserError } from '../base/errors';
import { SHARE_OF_MEMORY, usableCores, type Gpu } from '../base/machine';

/** How a step's time scales with threads, and with other processes. */
export interface Scaling {
  /** Share of a step's time with one thread that more threads do not shorten (Amdahl's law). */
  serialShare: number;
  /** Time of a step beside other processes divided by its time alone, at least 1. */
  crowding: number;
}

export interface Work extends Scaling {
  /** Trainings of the whole experiment. */
  tasks: number;
  /** Peak memory of the process that makes one. */
  bytes: number;
}

export interface Room {
  cores: number;
  memoryBytes: number;
  /** GPUs that the kit computes on; empty on CPUs. */
  gpus: readonly Gpu[];
}

/** Explicit numbers that override the plan's choice. */
export interface PlanWishes {
  processes?: number;
  threads?: number;
}

export interface ProcessPlan {
  processes: number;
  /** Of each process. */
  threads: number;
  /** The GPUs, assigned to processes in turn; empty: CPUs. */
  gpus: readonly Gpu[];
  /** Of the machine, for messages. */
  memoryBytes: number;
  /** Of each process. */
  bytes: number;
}

/**
 * The plan with the shortest time: trainings run in rounds of as many as there are processes, and each gets its
 * share of the cores, so two processes of one thread serve four trainings better than one of two threads, and three
 * perhaps worse. No more processes than trainings, cores, or what memory holds (at least one); one per GPU.
 */
export function planProcesses(
  { tasks, bytes, serialShare, crowding }: Work,
  { cores, memoryBytes, gpus }: Room,
  wishes: PlanWishes = {},
): ProcessPlan {
  const threadsOf = (processes: number): number =>
    wishes.threads ?? Math.max(1, Math.floor(cores / processes));
  const timeOf = (processes: number): number =>
    Math.ceil(tasks / processes) *
    (processes > 1 ? crowding : 1) *
    (serialShare + (1 - serialShare) / threadsOf(processes));
  const held = Math.floor((memoryBytes * SHARE_OF_MEMORY) / bytes);
  const side = gpus.length > 0 ? gpus.length : Math.floor(cores / (wishes.threads ?? 1));
  const most = Math.max(1, Math.min(tasks, cores, held, side));
  let processes = Math.min(wishes.processes ?? most, Math.max(1, tasks));
  if (wishes.processes === undefined && gpus.length === 0) {
    processes = 1;
    for (let more = 2; more <= most; more++) {
      if (timeOf(more) < timeOf(processes)) processes = more;
    }
  }
  return { processes, threads: threadsOf(processes), gpus, memoryBytes, bytes };
}

/** `3 trainings: 3 processes x 21 threads, 5.2 GiB each of 240`. */
export function describePlan(plan: ProcessPlan, trainings: number, done = 0): string {
  const { processes, threads, gpus, bytes, memoryBytes } = plan;
  const gib = (amount: number): string => String(Number((amount / 2 ** 30).toFixed(1)));
  const count = (n: number, one: string, many = `${one}s`): string =>
    `${n} ${n === 1 ? one : many}`;
  const there = done > 0 ? ` (${done} done)` : '';
  const shared = count(processes, 'process', 'processes') + ` x ${count(threads, 'thread')}`;
  const cards = gpus.length > 0 ? `, on ${count(gpus.length, 'card')} (${gpus[0].name})` : '';
  const tight = processes * bytes > memoryBytes ? ': more than there is, it may run out' : '';
  return (
    `${count(trainings, 'training')}${there}: ${shared}${cards}, ` +
    `${gib(bytes)} GiB each of ${gib(memoryBytes)}${tight}`
  );
}

/** What TensorFlow and CUDA read at the start of a plan's n-th process (from 0). */
export function processEnvironment({ threads, gpus }: ProcessPlan, n: number): NodeJS.ProcessEnv {
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    // Ops run one after another.
    TF_NUM_INTEROP_THREADS: '1',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    ...(gpus.length > 0 ? { CUDA_VISIBLE_DEVICES: gpus[n % gpus.length].id } : {}),
  };
}

/** Threads that TensorFlow uses for an op in this process. */
export function threadsHere(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || usableCores();
}

/**
 * The numbers given, else those of `MCKD_PROCESSES` and `MCKD_THREADS`, which reach notebooks, too.
 * @throws UserError where a variable is no number from 1
 */
export function planWishes(given: PlanWishes = {}, env = process.env): PlanWishes {
  const counted = (name: string): number | undefined => {
    const text = env[name];
    if (text === undefined || text === '') return undefined;
    if (/^[1-9]\d*$/.test(text)) return Number(text);
    throw new UserError(`${name} is "${text}"; it should be a whole number from 1, or unset`, {
      code: 'BAD_VALUE',
      field: name,
      value: text,
    });
  };
  return {
    processes: given.processes ?? counted('MCKD_PROCESSES'),
    threads: given.threads ?? counted('MCKD_THREADS'),
  };
}
