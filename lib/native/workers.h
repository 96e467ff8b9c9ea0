// A few threads that run the parts of a loop. Which thread runs which part is arbitrary; a loop's
// result must not depend on it. Their number is fixed once per process, when the first loop runs, like that of
// TensorFlow's threads is.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace mckd {

class Workers {
 public:
  /** As many threads as TensorFlow uses for one op, or fewer if the system grants no more. */
  static Workers& Shared() {
    // Never destroyed: the process may end while TensorFlow still holds a kernel.
    static Workers* workers = new Workers(CountFromEnvironment());
    return *workers;
  }

  explicit Workers(int threads) {
    for (; threads_ < threads; threads_++) {
      try {
        std::thread([this] { Serve(); }).detach();
      } catch (const std::system_error&) {
        return;
      }
    }
  }

  /** Threads that run a loop, including the caller's. */
  int Count() const { return threads_; }

  /**
   * Calls part(0) ... part(count - 1), each once, and returns when all are done. Where a part throws, no further ones are
   * begun, and the first exception is thrown on when those that were begun have ended.
   */
  void For(int64_t count, const std::function<void(int64_t)>& part) {
    if (count <= 1 || threads_ == 1) {
      for (int64_t i = 0; i < count; i++) part(i);
      return;
    }
    std::lock_guard<std::mutex> one_loop_at_a_time(loop_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      part_ = &part;
      count_ = count;
      next_.store(0);
      busy_.store(threads_ - 1);
      round_.store(round_.load() + 1);
    }
    wake_.notify_all();
    Work(part, count);
    if (!Soon([this] { return busy_.load() == 0; })) {
      std::unique_lock<std::mutex> lock(mutex_);
      done_.wait(lock, [this] { return busy_.load() == 0; });
    }
    part_ = nullptr;
    if (problem_) std::rethrow_exception(std::exchange(problem_, nullptr));
  }

 private:
  static int CountFromEnvironment() {
    const char* asked = std::getenv("TF_NUM_INTRAOP_THREADS");
    const int count = asked == nullptr ? 0 : std::atoi(asked);
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    return count > 0 ? count : (cores > 0 ? cores : 1);
  }

  void Work(const std::function<void(int64_t)>& part, int64_t count) {
    try {
      for (int64_t i = next_.fetch_add(1); i < count; i = next_.fetch_add(1)) part(i);
    } catch (...) {
      next_.store(count);
      std::lock_guard<std::mutex> lock(mutex_);
      if (!problem_) problem_ = std::current_exception();
    }
  }

  /** Whether it comes true within a moment, awake: to be woken takes as long, and small loops come in quick
   * succession. */
  template <typename Condition>
  static bool Soon(const Condition& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    do {
      for (int i = 0; i < 16; i++) {
        if (condition()) return true;
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
      }
    } while (std::chrono::steady_clock::now() < until);
    return false;
  }

  void Serve() {
    uint64_t seen = 0;
    for (;;) {
      const std::function<void(int64_t)>* part;
      int64_t count;
      Soon([&] { return round_.load() != seen; });
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return round_.load() != seen; });
        seen = round_.load();
        part = part_;
        count = count_;
      }
      Work(*part, count);
      if (busy_.fetch_sub(1) == 1) {
        std::lock_guard<std::mutex> lock(mutex_);
        done_.notify_one();
      }
    }
  }

  int threads_ = 1;
  std::mutex loop_, mutex_;
  std::condition_variable wake_, done_;
  const std::function<void(int64_t)>* part_ = nullptr;
  int64_t count_ = 0;
  /** The exception of a part of the loop. */
  std::exception_ptr problem_;
  std::atomic<int64_t> next_{0};
  std::atomic<int> busy_{0};
  std::atomic<uint64_t> round_{0};
};

/** Values per part of a loop: enough to be worth waking a thread. */
constexpr int64_t kPartSize = 1 << 15;

/** Calls part(n) for n = 0 ... samples - 1, each of which processes so many values; a few together, if they
 * are small. */
template <typename Part>
void ForSamples(int64_t samples, int64_t values, const Part& part) {
  const int64_t together = std::max<int64_t>(1, kPartSize / std::max<int64_t>(1, values));
  Workers::Shared().For((samples + together - 1) / together, [&](int64_t i) {
    for (int64_t n = i * together; n < std::min(samples, (i + 1) * together); n++) part(n);
  });
}

/** Calls part(from, count) for pieces that cover 0 ... size - 1, distributed over the threads. */
template <typename Part>
void ForPieces(int64_t size, const Part& part) {
  Workers::Shared().For((size + kPartSize - 1) / kPartSize, [&](int64_t i) {
    const int64_t from = i * kPartSize;
    part(from, std::min(kPartSize, size - from));
  });
}

}  // namespace mckd
