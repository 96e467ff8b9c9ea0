/**
 * Tasks in parallel processes, one thread of TensorFlow each: small networks gain more from that than
 * from sharing threads.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, on, once } from 'node:events';
import { ReaderError } from './errors';

/** What a worker script sends when its task could not be done. */
export interface TaskFailure {
  kind: 'failed';
  message: string;
}

export interface TaskPoolOptions<Task, Request> {
  /** File of the worker: it answers each request with messages, the last one `{ kind: 'done' }` or a failure. */
  script: string;
  tasks: readonly Task[];
  processes: number;
  /** What the worker is sent for a task. */
  requestOf: (task: Task) => Request;
  /** For messages. */
  nameOf: (task: Task) => string;
  /** Ends the iteration, as leaving it does. */
  signal?: AbortSignal;
}

interface Worker<Task> {
  child: ChildProcess;
  task: Task | undefined;
  /** The last of what it wrote to stderr, for the error message if it dies. */
  complaint: string;
}

/**
 * Yields the workers' messages with their tasks until all are done. Stopping the iteration stops the
 * processes, and waits for them: each brings what it has begun into a state that it can go on from.
 * @throws ReaderError when a task fails or its process dies, with the task's name
 */
export async function* runTasks<Task, Request, Reply extends { kind: string }>({
  script,
  tasks,
  processes,
  requestOf,
  nameOf,
  signal,
}: TaskPoolOptions<Task, Request>): AsyncGenerator<{ task: Task; reply: Reply }> {
  const waiting = [...tasks];
  let left = waiting.length;
  if (left === 0) return;
  const events = new EventEmitter();
  const workers = Array.from({ length: Math.min(processes, left) }, () =>
    startWorker<Task>(script),
  );
  const next = (worker: Worker<Task>): void => {
    worker.task = waiting.shift();
    if (worker.task === undefined) worker.child.disconnect();
    else worker.child.send(requestOf(worker.task) as object);
  };
  for (const worker of workers) {
    worker.child.on('message', (reply: Reply | TaskFailure) => events.emit('reply', worker, reply));
    worker.child.on('exit', (code, signal) => {
      if (worker.task !== undefined)
        events.emit('reply', worker, deathNotice(worker, code, signal));
    });
    next(worker);
  }
  try {
    for await (const [worker, reply] of on(events, 'reply', { signal }) as AsyncIterable<
      [Worker<Task>, Reply | TaskFailure]
    >) {
      const task = worker.task as Task;
      if (isFailure(reply)) throw new ReaderError(`run ${nameOf(task)} failed: ${reply.message}`);
      if (reply.kind === 'done') {
        left--;
        next(worker);
      }
      yield { task, reply };
      if (left === 0) return;
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    for (const worker of workers) worker.task = undefined;
    await Promise.all(workers.map(({ child }) => ended(child)));
  }
}

/** A step of the largest network takes a minute and more. */
const PATIENCE_MS = 300_000;

/** Asks a process to end, and makes it where it doesn't. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill();
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await exit;
  clearTimeout(timer);
}

function isFailure(reply: { kind: string }): reply is TaskFailure {
  return reply.kind === 'failed';
}

function startWorker<Task>(script: string): Worker<Task> {
  const child = fork(script, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS: '1',
      // Several processes share one GPU, where there is one.
      TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    },
  });
  const worker: Worker<Task> = { child, task: undefined, complaint: '' };
  child.stderr?.on(
    'data',
    (chunk: Buffer) => (worker.complaint = (worker.complaint + chunk.toString()).slice(-2000)),
  );
  return worker;
}

function deathNotice<Task>(
  worker: Worker<Task>,
  code: number | null,
  signal: string | null,
): TaskFailure {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return { kind: 'failed', message: `its process ended with ${how}\n${worker.complaint}` };
}

/**
 * The other side: answers each request of the pool in this process. The task's last message should be
 * `{ kind: 'done' }`. When the pool is gone, or asks for the end, the task is left after its next message, or told
 * by its signal; the second time the process ends at once.
 */
export function serveTasks<Request, Reply extends { kind: string }>(
  run: (request: Request, signal: AbortSignal) => AsyncIterable<Reply>,
): void {
  const stopping = new AbortController();
  let busy = 0;
  const reply = (message: Reply | TaskFailure): void => {
    // Whoever would hear of an error is gone then.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const serve = async (request: Request): Promise<void> => {
    busy += 1;
    try {
      for await (const message of run(request, stopping.signal)) {
        reply(message);
        if (stopping.signal.aborted) break;
      }
    } catch (error) {
      const known = error instanceof ReaderError;
      const message = known ? error.message : String((error as Error).stack ?? error);
      reply({ kind: 'failed', message });
    }
    busy -= 1;
    if (stopping.signal.aborted && busy === 0) process.exit();
  };
  const stop = (): void => {
    if (stopping.signal.aborted || busy === 0) process.exit();
    stopping.abort();
  };
  process.on('message', (request: Request) => void serve(request));
  process.on('disconnect', stop);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
}
