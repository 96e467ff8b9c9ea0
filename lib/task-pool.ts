/**
 * Tasks in parallel processes, one thread of TensorFlow each: small networks gain more from that than
 * from sharing threads.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter, on } from 'node:events';
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
}

interface Worker<Task> {
  child: ChildProcess;
  task: Task | undefined;
  /** The last of what it wrote to stderr, for the error message if it dies. */
  complaint: string;
}

/**
 * Yields the workers' messages with their tasks until all are done. Stopping the iteration stops the
 * processes.
 * @throws ReaderError when a task fails or its process dies, with the task's name
 */
export async function* runTasks<Task, Request, Reply extends { kind: string }>({
  script,
  tasks,
  processes,
  requestOf,
  nameOf,
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
    for await (const [worker, reply] of on(events, 'reply') as AsyncIterable<
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
  } finally {
    for (const worker of workers) {
      worker.task = undefined;
      worker.child.kill();
    }
  }
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
 * `{ kind: 'done' }`.
 */
export function serveTasks<Request, Reply extends { kind: string }>(
  run: (request: Request) => AsyncIterable<Reply>,
): void {
  const reply = (message: Reply | TaskFailure): void => void process.send?.(message);
  const serve = async (request: Request): Promise<void> => {
    try {
      for await (const message of run(request)) reply(message);
    } catch (error) {
      const known = error instanceof ReaderError;
      const message = known ? error.message : String((error as Error).stack ?? error);
      reply({ kind: 'failed', message });
    }
  };
  process.on('message', (request: Request) => void serve(request));
  process.on('disconnect', () => process.exit());
}
