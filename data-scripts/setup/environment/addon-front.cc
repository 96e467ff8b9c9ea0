// The addon that Node loads: a small front before tfjs-node's own binding.
//
// TensorFlow writes two start-up lines to stderr while its libraries are being loaded, before any
// of its log settings is read, and looks for NVIDIA's libraries only on the system's paths. So the
// front loads the libraries named in preload.txt (NVIDIA's, from the Python environment), then the
// real binding with stderr muted, and exports that. TF_CPP_MIN_LOG_LEVEL=0 keeps stderr open.
// Before that, it ensures that no signal interrupts a computing thread: oneDNN's matrix product for
// AVX-512 uses the stack pointer for other things, and the stack frame of a signal handler (for a Ctrl-C, a
// resized terminal, a child that ends) would overwrite data.
// And before that, it sets TensorFlow's defaults for this machine (kDefaults): whatever loads TensorFlow,
// in any thread, comes through here, and a value that the user has set is kept.
// It also restores two functions of `util` that tfjs-node calls and that newer Nodes lack.
// After the binding it loads the kit's own kernels (lib/native), compiled for the best instruction set that this
// processor has and that oneDNN's variable allows; the exported `mckdKernels` is that level. step-graph.cc's additions to
// the binding are registered here, too.
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

namespace {

/** Environment variables that TensorFlow reads when it is loaded or first used. */
const char* const kDefaults[][2] = {
    // By default it uses oneDNN only if the processor has AVX512_VNNI, AVX512_BF16, AVX_VNNI or AMX; elsewhere
    // the gradients of Conv3D take 50 to 100 times as long.
    {"TF_ENABLE_ONEDNN_OPTS", "1"},
    // No start-up log lines.
    {"TF_CPP_MIN_LOG_LEVEL", "2"},
    // Only as much of a GPU's memory as is used, so that several processes can share one GPU.
    {"TF_FORCE_GPU_ALLOW_GROWTH", "true"},
};

void SetDefaults() {
  for (const auto& [name, value] : kDefaults) setenv(name, value, /*overwrite=*/0);
}

class MutedStderr {
 public:
  MutedStderr() {
    const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    if (level != nullptr && std::strcmp(level, "0") == 0) return;
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    saved_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved_ >= 0) dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~MutedStderr() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }

 private:
  int saved_ = -1;
};

/**
 * Blocks signals in this thread, which computes, and so in those that TensorFlow starts from it; a thread that does
 * nothing else handles them, once for the process. Synchronous signals (faults of a thread itself) stay with that thread, and so
 * does SIGPROF, which V8's profiler sends to the thread it samples: DNNL_MAX_CPU_ISA=AVX2 makes that safe.
 */
void LeaveSignalsToAnotherThread() {
  static std::thread* taker = new std::thread([] {
    for (;;) pause();
  });
  (void)taker;
  sigset_t set;
  sigfillset(&set);
  for (int own : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS, SIGPROF}) {
    sigdelset(&set, own);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::string OwnFolder() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&OwnFolder), &info) == 0) return ".";
  const std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}

/** oneDNN's limit, in lower case, from the variables that it reads, the newer one first; or nothing. */
std::string OneDnnLimit() {
  std::string limit;
  for (const char* name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == 0) continue;
    for (; *value != 0; value++) limit += static_cast<char>(std::tolower(static_cast<unsigned char>(*value)));
    break;
  }
  return limit;
}

/** The level of the kernels to load: setup/addon.mjs compiles them for each. */
const char* KernelLevel() {
#if defined(__x86_64__)
  const std::string limit = OneDnnLimit();
  // Like oneDNN, by exact name: any other value sets no limit.
  if (limit == "sse41" || limit == "avx") return "baseline";
  const bool avx2_only = limit == "avx2" || limit == "avx2_vnni" || limit == "avx2_vnni_2";
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return "baseline";
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return avx512 && !avx2_only ? "avx512" : "avx2";
#else
  return "baseline";
#endif
}

/** Registers the kernels of a library with TensorFlow; returns an error message, or nothing. */
std::string RegisterKernels(const std::string& file) {
  using Register = const char* (*)();
  void* library = dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return dlerror();
  auto start = reinterpret_cast<Register>(dlsym(library, "RegisterMckdKernels"));
  if (start == nullptr) return dlerror();
  const char* problem = start();
  return problem == nullptr ? "" : problem;
}

/**
 * Restores `isArray` and `isNullOrUndefined` of `util`, which tfjs-node calls: Node 23 removed both, Node 22 writes a
 * warning for each. A Node without `process.getBuiltinModule` (before 22.3 and 20.16) still has them.
 */
void RestoreUtilFunctions(napi_env env) {
  static const char kSource[] = R"(
    {
      const util = process.getBuiltinModule?.('util');
      if (util) {
        util.isArray = Array.isArray;
        util.isNullOrUndefined = (value) => value === null || value === undefined;
      }
    })";
  napi_value source, result;
  if (napi_create_string_utf8(env, kSource, NAPI_AUTO_LENGTH, &source) == napi_ok) {
    napi_run_script(env, source, &result);
  }
}

}  // namespace

NAPI_MODULE_INIT() {
  using Register = napi_value (*)(napi_env, napi_value);
  SetDefaults();
  LeaveSignalsToAnotherThread();
  RestoreUtilFunctions(env);
  const std::string folder = OwnFolder();
  void* binding = nullptr;
  std::string problem, kernel_problem;
  const std::string level = KernelLevel();
  {
    MutedStderr muted;
    std::ifstream list(folder + "/preload.txt");
    for (std::string library; std::getline(list, library);) {
      // A missing library is reported by TensorFlow, which then runs on the CPU.
      if (!library.empty()) dlopen((folder + "/" + library).c_str(), RTLD_LAZY | RTLD_GLOBAL);
    }
    binding = dlopen((folder + "/tfjs_tensorflow.so").c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (binding == nullptr) {
      problem = dlerror();
    } else {
      kernel_problem = RegisterKernels(folder + "/mckd_kernels_" + level + ".so");
    }
  }
  auto start = binding == nullptr
                   ? nullptr
                   : reinterpret_cast<Register>(dlsym(binding, "napi_register_module_v1"));
  if (start == nullptr) {
    napi_throw_error(env, nullptr,
                     ("TensorFlow could not be loaded: " + problem).c_str());
    return nullptr;
  }
  napi_value addon = start(env, exports);
  if (!kernel_problem.empty()) {
    napi_throw_error(env, nullptr,
                     ("The kit's kernels could not be loaded: " + kernel_problem).c_str());
    return nullptr;
  }
  using Extend = void (*)(napi_env, napi_value);
  if (auto extend = reinterpret_cast<Extend>(dlsym(binding, "RegisterStepGraph"))) extend(env, addon);
  napi_value name;
  if (napi_create_string_utf8(env, level.c_str(), level.size(), &name) == napi_ok) {
    napi_set_named_property(env, addon, "mckdKernels", name);
  }
  return addon;
}
