/** The threads that run the kernels' loops (lib/native/workers.h), tested by a small program. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { shippedFile } from '../base/shipped-file';

const NATIVE = shippedFile('native');

/** Prints a line for each thing that holds. `pthread_create` fails once it has been called `threads_left` times. */
const PROGRAM = `
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include <cstdio>
#include <new>
#include <string>
#include <vector>

#include "workers.h"

static int threads_left = 1000;

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* with) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const Create create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return threads_left-- > 0 ? create(thread, attributes, start, with) : EAGAIN;
}

static bool DoesEachPartOnce(mckd::Workers& workers) {
  std::vector<std::atomic<int>> done(1000);
  workers.For(1000, [&](int64_t i) { done[i]++; });
  for (const auto& times : done) {
    if (times != 1) return false;
  }
  return true;
}

/** Each time some parts throw; afterwards the next loop is done in whole. */
static bool OutlivesExceptions(mckd::Workers& workers) {
  for (int64_t from = 0; from < 200; from += 7) {
    std::string caught;
    try {
      workers.For(200, [&](int64_t i) {
        if (i >= from) throw std::bad_alloc();
      });
    } catch (const std::bad_alloc& problem) {
      caught = problem.what();
    }
    if (caught != "std::bad_alloc" || !DoesEachPartOnce(workers)) return false;
  }
  return true;
}

int main() {
  for (int threads : {1, 2, 5}) {
    // As in the kit, never taken down: its threads hold it.
    auto& workers = *new mckd::Workers(threads);
    std::printf("%d of %d: %d %d\\n", workers.Count(), threads, DoesEachPartOnce(workers), OutlivesExceptions(workers));
  }
  threads_left = 2;
  auto& few = *new mckd::Workers(8);
  std::printf("%d of 8: %d %d\\n", few.Count(), DoesEachPartOnce(few), OutlivesExceptions(few));
  std::fflush(stdout);
  _Exit(0);
}
`;

test('a loop does each part once, passes an exception to its caller, and works with fewer threads than requested', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mckd-workers-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const [source, program] = [join(folder, 'workers.cc'), join(folder, 'workers')];
  writeFileSync(source, PROGRAM);
  const [compiler, ...first] = (process.env.CXX ?? 'c++').split(' ').filter(Boolean);
  const flags = ['-std=c++17', '-O1', '-pthread', `-I${NATIVE}`, source, '-ldl', '-o', program];
  execFileSync(compiler, [...first, ...flags], { stdio: 'pipe' });
  const said = execFileSync(program, { encoding: 'utf8', timeout: 60_000 });
  assert.deepEqual(said.trim().split('\n'), [
    '1 of 1: 1 1',
    '2 of 2: 1 1',
    '5 of 5: 1 1',
    '3 of 8: 1 1',
  ]);
});
