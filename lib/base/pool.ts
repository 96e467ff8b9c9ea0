/**
 * A pool of workers, threads or processes, for tasks. Not `workerpool`: its idle threads keep the process alive, it doesn't
 * wait until a process has saved its work, and it has no one-sentence error for a worker that ran out of memory or could
 * not be started.
 */
import { fork } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { startChild, startThread } from './child';
import { UserError, type UserErrorDetails } from './errors';

/** A worker answers each task with any number of replies; the last one is of kind `done`. */
export interface Reply {
  kind: string;
}

/** The last reply of a task that failed: `details` of a UserError, the stack of any other error. */
interface Failure {
  kind: 'failed';
  message: string;
  details?: UserErrorDetails;
  stack?: string;
}

export interface PoolWorker {
  send(task: object): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Resolves when it has ended or could not be started, with how. */
  over: Promise<string>;
  /** Ends it; resolves when it has ended. */
  end(): Promise<unknown>;
}

/** @param background it does not keep this process alive */
export function threadWorker(
  script: string,
  workerData: unknown,
  { background = false } = {},
): PoolWorker {
  const { worker, over } = startThread(script, { workerData });
  return {
    send: (task) => worker?.postMessage(task),
    onMessage: (listener) => {
      worker?.on('message', listener);
      // Adding a listener undoes an earlier unref.
      if (background) worker?.unref();
    },
    over,
    end: async () => worker?.terminate(),
  };
}

/** Before a process is killed: a step of the largest network takes over a minute. */
const PATIENCE_MS = 300_000;

/** @param env is added to this process's environment */
export function processWorker(script: string, env: NodeJS.ProcessEnv): PoolWorker {
  const child = startChild(() =>
    fork(script, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...env },
    }),
  );
  return {
    send: (task) => child.send(task),
    onMessage: (listener) => child.process?.on('message', listener),
    over: child.over.then(({ how }) => how),
    end: async () => {
      child.kill();
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      await child.over;
      clearTimeout(timer);
    },
  };
}

export interface PoolOptions<Task> {
  /** Maximum number of workers; each is started when a task needs it. */
  size: number;
  /** Starts the n-th worker (from 0). */
  start: (n: number) => PoolWorker;
  /** The message that a worker gets for a task. */
  requestOf: (task: Task) => object;
  /** The error of a task whose worker ended or could not be started; `how`: for example `ended with exit code 3`. */
  lost: (task: Task, how: string) => Error;
}

type Done<R> = Extract<R, { kind: 'done' }>;

export interface Pool<Task, R extends Reply> {
  /**
   * Tasks are started in the order of requests. After a failure no other task is started: those that wait fail with it.
   * @param onReply called for every reply, including the last
   */
  run(task: Task, onReply?: (reply: R) => void): Promise<Done<R>>;
  /** No more tasks will come: idle workers are ended. */
  finish(): void;
  /** Ends all workers; the promises of their tasks are never settled. */
  close(): Promise<void>;
}

interface Order<Task, R> {
  task: Task;
  onReply?: (reply: R) => void;
  resolve: (done: Done<R>) => void;
  reject: (error: Error) => void;
}

interface Place<Task, R> {
  worker: PoolWorker;
  order?: Order<Task, R>;
}

export function openPool<Task, R extends Reply>({
  size,
  start,
  requestOf,
  lost,
}: PoolOptions<Task>): Pool<Task, R> {
  const waiting: Order<Task, R>[] = [];
  const places = new Array<Place<Task, R> | undefined>(size).fill(undefined);
  let failure: Error | undefined;
  let isLast = false;

  const give = (place: Place<Task, R>, order: Order<Task, R>): void => {
    place.order = order;
    place.worker.send(requestOf(order.task));
  };
  const fail = (place: Place<Task, R>, error: Error): void => {
    place.order?.reject(error);
    place.order = undefined;
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  const onMessage = (place: Place<Task, R>, message: R | Failure): void => {
    if (!place.order) return;
    if (isFailure(message)) return fail(place, errorOf(message));
    const { onReply, resolve } = place.order;
    onReply?.(message);
    if (!isDone(message)) return;
    place.order = undefined;
    resolve(message);
    const order = waiting.shift();
    if (order) give(place, order);
    else if (isLast) void place.worker.end();
  };
  const startAt = (n: number, order: Order<Task, R>): void => {
    const place: Place<Task, R> = { worker: start(n) };
    places[n] = place;
    place.worker.onMessage((message) => onMessage(place, message as R | Failure));
    void place.worker.over.then((how) => {
      if (places[n] === place) places[n] = undefined;
      if (place.order) fail(place, lost(place.order.task, how));
    });
    give(place, order);
  };
  return {
    run: (task, onReply) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        const order = { task, onReply, resolve, reject };
        const idle = places.find((place) => place && !place.order);
        const free = places.indexOf(undefined);
        if (idle) give(idle, order);
        else if (free >= 0) startAt(free, order);
        else waiting.push(order);
      }),
    finish: () => {
      isLast = true;
      for (const place of places) if (place && !place.order) void place.worker.end();
    },
    close: async () => {
      waiting.length = 0;
      const all = places.filter((place) => place !== undefined);
      for (const place of all) place.order = undefined;
      await Promise.all(all.map(({ worker }) => worker.end()));
    },
  };
}

/**
 * Yields the replies to all tasks as they come, and closes the pool at the end. Leaving the iteration ends the workers,
 * and waits for them: a process brings what it has begun into a state that can be resumed.
 *
 * @param signal ends the iteration
 * @throws the error of the first task that fails
 */
export async function* repliesOf<Task, R extends Reply>(
  pool: Pool<Task, R>,
  tasks: readonly Task[],
  signal?: AbortSignal,
): AsyncGenerator<{ task: Task; reply: R }> {
  if (tasks.length === 0 || signal?.aborted) return;
  const events = new EventEmitter();
  const news = on(events, 'news', { signal }) as AsyncIterable<[Task, R | undefined, Error?]>;
  for (const task of tasks) {
    pool
      .run(task, (reply) => events.emit('news', task, reply))
      .catch((error: Error) => events.emit('news', task, undefined, error));
  }
  pool.finish();
  let left = tasks.length;
  try {
    for await (const [task, reply, error] of news) {
      if (!reply) throw error as Error;
      yield { task, reply };
      if (isDone(reply) && --left === 0) return;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    await pool.close();
  }
}

function isDone<R extends Reply>(reply: R): reply is Done<R> {
  return reply.kind === 'done';
}

function isFailure(reply: Reply): reply is Failure {
  return reply.kind === 'failed';
}

function errorOf({ message, details, stack }: Failure): Error {
  if (details) return new UserError(message, details);
  const error = new Error(message);
  // The original stack, not that of the message's arrival.
  if (stack) error.stack = stack;
  return error;
}

/**
 * The worker's side: answers each request of the pool in this thread or process. The last reply should be of kind `done`.
 * When the pool is gone, or requests the end, a process leaves its task after its next reply, or aborted by its signal; the
 * second time the process ends at once.
 *
 * @param movedOf buffers of a reply that are transferred, not copied
 */
export function serveTasks<Request, R extends Reply>(
  run: (request: Request, signal: AbortSignal) => Iterable<R> | AsyncIterable<R>,
  movedOf: (reply: R) => ArrayBuffer[] = () => [],
): void {
  const stopping = new AbortController();
  let busy = 0;
  const send = (message: R | Failure, moved: ArrayBuffer[] = []): void => {
    if (parentPort) parentPort.postMessage(message, moved);
    // No receiver of an error is left.
    else if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const serve = async (request: Request): Promise<void> => {
    busy += 1;
    try {
      for await (const reply of run(request, stopping.signal)) {
        send(reply, movedOf(reply));
        if (stopping.signal.aborted) break;
      }
    } catch (error) {
      const { message, stack } = error as Error;
      const more = error instanceof UserError ? { details: error.details } : { stack };
      send({ kind: 'failed', message, ...more });
    }
    busy -= 1;
    if (stopping.signal.aborted && busy === 0) process.exit();
  };
  if (parentPort) {
    parentPort.on('message', (request: Request) => void serve(request));
    return;
  }
  const stop = (): void => {
    if (stopping.signal.aborted || busy === 0) process.exit();
    stopping.abort();
  };
  process.on('message', (request: Request) => void serve(request));
  process.on('disconnect', stop);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGUSR1'] as const) process.on(signal, stop);
}
