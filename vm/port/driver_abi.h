// The binary interface of drivers: layouts and numbers of OTP's erl_driver.h, version 3.3 (see its manual page erl_driver).
//
// A driver is compiled with that header, so every offset here is a fact; the functions that it calls are exported under their C names by
// loaded_driver_*.cpp (and listed in vm/abi.list). Where the header has ErlDrvPort, a driver holds a LoadedPort*.
#pragma once
#include <cstddef>

#include "vm/base/types.h"

namespace joist {
struct LoadedPort;
}

namespace joist::driver_abi {

inline constexpr uint32_t entry_marker = 0xfeeeeeed;
inline constexpr int major_version = 3, minor_version = 3, least_major_version = 2;

enum EntryFlag : int { port_locking = 1, soft_busy = 2, no_command_limits = 4, acknowledges_start = 8 };
enum SelectMode : int { select_read = 1, select_write = 2, select_use = 4, select_no_callback = 8 };
enum ControlFlag : int { control_binary = 1 };
enum PortFlag : int { binary_port = 1, line_port = 2 };
enum CallFlag : unsigned { keep_buffer = 1 };

// What `start` may return instead of the driver's data.
inline const auto error_general = reinterpret_cast<void*>(-1L);
inline const auto error_errno = reinterpret_cast<void*>(-2L);
inline const auto error_badarg = reinterpret_cast<void*>(-3L);

// The end of a SharedBytes that has its bytes behind it.
struct Binary {
  SWord size;
  char bytes[1];
};

// struct iovec
struct Piece {
  char* bytes;
  size_t size;
};

struct Vector {
  int count;
  size_t bytes;
  Piece* pieces;
  Binary** binaries;  // which each piece lies in, or null
};

struct Monitor {
  Word data[4];
};

struct Entry {
  int (*init)();
  void* (*start)(LoadedPort* port, char* command);
  void (*stop)(void* data);
  void (*output)(void* data, char* bytes, size_t size);
  void (*ready_input)(void* data, void* event);
  void (*ready_output)(void* data, void* event);
  char* name;
  void (*finish)();
  void* reserved;
  SWord (*control)(void* data, unsigned operation, char* in, size_t size, char** out, size_t room);
  void (*timeout)(void* data);
  void (*outputv)(void* data, Vector* vector);
  void (*ready_async)(void* data, void* job);
  void (*flush)(void* data);
  SWord (*call)(void* data, unsigned operation, char* in, size_t size, char** out, size_t room, unsigned* flags);
  void (*unused)();
  uint32_t marker;
  int major, minor;
  int flags;
  void* reserved2;
  void (*process_exit)(void* data, Monitor* monitor);
  void (*stop_select)(void* event, void* reserved);
  void (*emergency_close)(void* data);
};
static_assert(sizeof(Entry) == 22 * 8 && offsetof(Entry, marker) == 16 * 8 && offsetof(Entry, process_exit) == 19 * 8);
static_assert(sizeof(Vector) == 32 && offsetof(Vector, pieces) == 16 && sizeof(Monitor) == 32);

struct SystemInfo {
  int driver_major, driver_minor;
  const char* erts_version;
  const char* otp_release;
  int thread_support, smp_support;
  int async_threads, scheduler_threads;
  int nif_major, nif_minor;
  int dirty_scheduler_support;
};
static_assert(sizeof(SystemInfo) == 56);

// Codes of the terms that erl_drv_send_term makes, each followed by its arguments.
enum TermCode : Word {
  code_nil = 1, code_atom, code_integer, code_port, code_binary, code_string, code_tuple, code_list, code_string_cons, code_pid,
  code_float, code_external, code_unsigned, code_bytes, code_int64, code_uint64, code_map
};

}  // namespace joist::driver_abi
