// The binary interface of NIF libraries: version 2.16 of OTP's erl_nif, as structures and numbers. Layouts are facts that libraries were
// compiled with; abi.test.cpp holds them against OTP's own header where that is installed.
#pragma once
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "vm/term/term.h"

namespace joist {
struct SharedBytes;
}

namespace joist::nif {

inline constexpr int major_version = 2, minor_version = 16;
inline constexpr int least_major_version = 2;
inline constexpr const char* vm_variant = "beam.vanilla";

struct Env;           // env.h
struct ResourceType;  // resource.h
struct IoQueue;       // io_queue.cpp

// The word 0, which no term is, stands for an exception.
using NifFn = Term (*)(Env* env, int argc, const Term argv[]);

struct FunctionRow {
  const char* name;
  unsigned arity;
  NifFn fn;
  unsigned flags;  // since 2.7: JobFlags
};
enum JobFlags : unsigned { job_normal = 0, job_dirty_cpu = 1, job_dirty_io = 2 };

// What a library's nif_init returns.
struct LibraryEntry {
  int major;
  int minor;
  const char* name;
  int function_count;
  FunctionRow* functions;
  int (*load)(Env*, void** data, Term info);
  int (*reload)(Env*, void** data, Term info);
  int (*upgrade)(Env*, void** data, void** old_data, Term info);
  void (*unload)(Env*, void* data);
  const char* variant;            // since 2.1
  unsigned options;               // since 2.7
  size_t resource_callbacks_size; // since 2.12
  const char* least_erts;         // since 2.14
};

struct Binary {
  size_t size;
  uint8_t* data;
  SharedBytes* shared;  // owned bytes; null when they were only looked at
  Term term;                   // that was looked at
  void* spare;
};

struct Pid {
  Term term;
};
struct Port {
  Term term;
};
// The numbers of a reference; those of no monitor are 0.
struct Monitor {
  Word numbers[2];
  Word spare[2];
};

struct ResourceCallbacks {
  void (*destruct)(Env*, void* object);
  void (*stop)(Env*, void* object, int event, int is_direct_call);
  void (*down)(Env*, void* object, Pid*, Monitor*);
  int members;  // enif_init_resource_type: how many of the callbacks are set
  void (*dynamic_call)(Env*, void* object, void* data);
};
enum ResourceFlags : int { resource_create = 1, resource_takeover = 2 };

enum SelectFlags : int {
  select_read = 1,
  select_write = 2,
  select_stop = 4,
  select_cancel = 8,
  select_custom_message = 16,
  select_error = 32,
};
// Results of enif_select: bits, with the sign bit when it failed.
enum SelectResult : int {
  stop_called = 1,
  stop_scheduled = 2,
  invalid_event = 4,
  select_failed = 8,
  read_cancelled = 16,
  write_cancelled = 32,
  error_cancelled = 64,
  select_not_supported = 128,
};

struct MapIterator {
  Term map;
  Word size;
  Word index;          // 1 … size; 0 in front of the first, size + 1 behind the last
  const Term* keys;    // of a small map; of a large one its pairs, owned
  const Term* values;  // of a small map
  void* spare[2];
};
enum MapIteratorStart : int { iterate_from_first = 1, iterate_from_last = 2 };

struct IoSlice {
  void* data;
  size_t size;
};
inline constexpr size_t inline_slices = 16;
struct IoVec {
  int count;
  size_t size;
  IoSlice* slices;
  SharedBytes** shared;
  int flags;
  IoSlice inline_slice[inline_slices];
  SharedBytes* inline_shared[inline_slices];
};

struct SystemInfo {
  int driver_major_version;
  int driver_minor_version;
  char* erts_version;
  char* otp_release;
  int thread_support;
  int smp_support;
  int async_threads;
  int scheduler_threads;
  int nif_major_version;
  int nif_minor_version;
  int dirty_scheduler_support;
};

enum TimeUnit : int { unit_second, unit_millisecond, unit_microsecond, unit_nanosecond };
inline constexpr int64_t time_error = INT64_MIN;
enum Encoding : int { latin1 = 1 };
enum HashType : int { hash_internal = 1, hash_phash2 = 2 };
enum UniqueFlags : int { unique_positive = 1, unique_monotonic = 2 };
inline constexpr unsigned decode_safe = 0x20000000;
enum ThreadType : int { thread_other, thread_normal, thread_dirty_cpu, thread_dirty_io };
enum TermType : int {
  type_atom = 1,
  type_bitstring,
  type_float,
  type_fun,
  type_integer,
  type_list,
  type_map,
  type_pid,
  type_port,
  type_reference,
  type_tuple,
};

static_assert(sizeof(FunctionRow) == 32 && sizeof(LibraryEntry) == 96 && sizeof(Binary) == 40 && sizeof(Monitor) == 32);
static_assert(sizeof(ResourceCallbacks) == 40 && sizeof(MapIterator) == 56 && sizeof(IoVec) == 424 && sizeof(SystemInfo) == 56);

// Terms are one word, passed as C passes one.
#pragma clang diagnostic ignored "-Wreturn-type-c-linkage"
#define ENIF(type, name) extern "C" [[gnu::visibility("default")]] type enif_##name

}  // namespace joist::nif
