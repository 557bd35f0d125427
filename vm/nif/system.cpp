// Clocks, the environment, other libraries, and what the node is.
#include <cstring>

#include "vm/nif/env.h"
#include "vm/nif/hooks.h"
#include "vm/process/timestamp.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/clock.h"
#include "vm/sys/environment.h"
#include "vm/sys/library.h"

namespace joist::nif {

Hooks hooks;

// ---- time
namespace {

constexpr int64_t per_second[] = {1, 1000, 1000000, 1000000000};
bool is_unit(int unit) { return unit >= unit_second && unit <= unit_nanosecond; }

// Rounds down.
int64_t convert(int64_t value, int from, int to) {
  if (per_second[to] >= per_second[from]) return value * (per_second[to] / per_second[from]);
  int64_t factor = per_second[from] / per_second[to], quotient = value / factor;
  return quotient - (value % factor < 0);
}
int64_t in_unit(int64_t nanoseconds, int unit) {
  if (!is_unit(unit) || !current_scheduler()) return time_error;
  return convert(nanoseconds, unit_nanosecond, unit);
}

}  // namespace

ENIF(int64_t, monotonic_time)(int unit) { return in_unit(sys::monotonic_time(), unit); }
ENIF(int64_t, time_offset)(int unit) { return in_unit(sys::time_offset(), unit); }
ENIF(int64_t, convert_time_unit)(int64_t value, int from, int to) {
  return is_unit(from) && is_unit(to) ? convert(value, from, to) : time_error;
}
namespace {

Term stamp(Env* env, Timestamp kind) {
  HeapWriter w = env->heap->reserve(Words(mega_words));
  return write_timestamp(w, kind);
}

}  // namespace

ENIF(Term, now_time)(Env* env) { return stamp(env, Timestamp::Now); }
ENIF(Term, cpu_time)(Env* env) { return stamp(env, Timestamp::Cpu); }

// ---- the node
ENIF(void, system_info)(SystemInfo* out, size_t size) {
  static char erts_version[] = "13.1.5", otp_release[] = "25";
  SystemInfo all = {3, 3, erts_version, otp_release, 1, 1, 1, int(scheduler_count()), major_version, minor_version, 1};
  std::memcpy(out, &all, size < sizeof all ? size : sizeof all);
}
ENIF(int, thread_type)() {
  Scheduler* s = current_scheduler();
  if (!s) return thread_other;
  return s->kind == SchedulerKind::Normal ? thread_normal : s->kind == SchedulerKind::DirtyCpu ? thread_dirty_cpu : thread_dirty_io;
}

// 0: found; 1: not set; -1: *size is too small and now what is needed.
ENIF(int, getenv)(const char* key, char* value, size_t* size) {
  std::string text;
  if (!sys::get_env(key, &text)) return 1;
  bool fits = text.size() < *size;
  if (fits) std::memcpy(value, text.c_str(), text.size() + 1);
  *size = fits ? text.size() : text.size() + 1;
  return fits ? 0 : -1;
}

// ---- libraries that a library loads: their names are without .so, and an init function of theirs is called
using ErrorHandler = void (*)(void*, const char*);

ENIF(void*, dlopen)(const char* name, ErrorHandler on_error, void* argument) {
  std::string error;
  sys::Library* library = sys::library_open((std::string(name) + ".so").c_str(), &error);
  if (!library) {
    if (on_error) on_error(argument, error.c_str());
    return nullptr;
  }
  if (void* init = sys::library_symbol(library, "nif_init", nullptr)) reinterpret_cast<LibraryEntry* (*)()>(init)();
  return library;
}
ENIF(void*, dlsym)(void* library, const char* symbol, ErrorHandler on_error, void* argument) {
  std::string error;
  void* found = sys::library_symbol(static_cast<sys::Library*>(library), symbol, &error);
  if (!found && on_error) on_error(argument, error.c_str());
  return found;
}

}  // namespace joist::nif
