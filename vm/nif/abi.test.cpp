// The layouts of abi.h against OTP's header, where it is installed.
#if __has_include(</usr/lib/erlang/usr/include/erl_nif.h>)
#define SIZEOF_CHAR 1
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 8
#define SIZEOF_LONG_LONG 8
#define HAVE_SYS_UIO_H 1
#include </usr/lib/erlang/usr/include/erl_nif.h>

#include <catch2/catch.hpp>

#include "vm/nif/abi.h"

namespace nif = joist::nif;

#define SAME(ours, field, theirs, their_field)                      \
  static_assert(offsetof(ours, field) == offsetof(theirs, their_field)); \
  static_assert(sizeof(ours::field) == sizeof(theirs::their_field))
#define SAME_SIZE(ours, theirs) static_assert(sizeof(ours) == sizeof(theirs))

SAME_SIZE(nif::FunctionRow, ErlNifFunc);
SAME(nif::FunctionRow, fn, ErlNifFunc, fptr);
SAME(nif::FunctionRow, flags, ErlNifFunc, flags);
SAME_SIZE(nif::LibraryEntry, ErlNifEntry);
SAME(nif::LibraryEntry, function_count, ErlNifEntry, num_of_funcs);
SAME(nif::LibraryEntry, functions, ErlNifEntry, funcs);
SAME(nif::LibraryEntry, unload, ErlNifEntry, unload);
SAME(nif::LibraryEntry, variant, ErlNifEntry, vm_variant);
SAME(nif::LibraryEntry, resource_callbacks_size, ErlNifEntry, sizeof_ErlNifResourceTypeInit);
SAME(nif::LibraryEntry, least_erts, ErlNifEntry, min_erts);
SAME_SIZE(nif::Binary, ErlNifBinary);
SAME(nif::Binary, data, ErlNifBinary, data);
SAME_SIZE(nif::Pid, ErlNifPid);
SAME_SIZE(nif::Port, ErlNifPort);
SAME_SIZE(nif::Monitor, ErlNifMonitor);
SAME_SIZE(nif::ResourceCallbacks, ErlNifResourceTypeInit);
SAME(nif::ResourceCallbacks, destruct, ErlNifResourceTypeInit, dtor);
SAME(nif::ResourceCallbacks, stop, ErlNifResourceTypeInit, stop);
SAME(nif::ResourceCallbacks, down, ErlNifResourceTypeInit, down);
SAME(nif::ResourceCallbacks, members, ErlNifResourceTypeInit, members);
SAME(nif::ResourceCallbacks, dynamic_call, ErlNifResourceTypeInit, dyncall);
SAME_SIZE(nif::MapIterator, ErlNifMapIterator);
SAME_SIZE(nif::IoVec, ErlNifIOVec);
SAME(nif::IoVec, size, ErlNifIOVec, size);
SAME(nif::IoVec, slices, ErlNifIOVec, iov);
SAME_SIZE(nif::SystemInfo, ErlNifSysInfo);
SAME(nif::SystemInfo, scheduler_threads, ErlNifSysInfo, scheduler_threads);
SAME(nif::SystemInfo, dirty_scheduler_support, ErlNifSysInfo, dirty_scheduler_support);

static_assert(nif::major_version == ERL_NIF_MAJOR_VERSION && nif::minor_version == ERL_NIF_MINOR_VERSION);
static_assert(int(nif::resource_takeover) == ERL_NIF_RT_TAKEOVER && int(nif::job_dirty_io) == ERL_NIF_DIRTY_JOB_IO_BOUND);
static_assert(int(nif::select_error) == ERL_NIF_SELECT_ERROR && int(nif::select_custom_message) == ERL_NIF_SELECT_CUSTOM_MSG);
static_assert(int(nif::select_not_supported) == ERL_NIF_SELECT_NOTSUP && int(nif::error_cancelled) == ERL_NIF_SELECT_ERROR_CANCELLED);
static_assert(int(nif::type_tuple) == ERL_NIF_TERM_TYPE_TUPLE && int(nif::type_list) == ERL_NIF_TERM_TYPE_LIST);
static_assert(int(nif::unit_nanosecond) == ERL_NIF_NSEC && nif::time_error == ERL_NIF_TIME_ERROR);
static_assert(nif::decode_safe == ERL_NIF_BIN2TERM_SAFE && int(nif::hash_phash2) == ERL_NIF_PHASH2);
static_assert(int(nif::thread_dirty_io) == ERL_NIF_THR_DIRTY_IO_SCHEDULER && int(nif::unique_monotonic) == ERL_NIF_UNIQUE_MONOTONIC);

TEST_CASE("nif: the interface is the one that libraries were compiled with") { SUCCEED(); }
#endif
