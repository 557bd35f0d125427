// Emulator flags ("+P 100000" …) as values. Every flag that erl knows is accepted and checked. Those that tune a mechanism Joist does
// not have (allocator carriers, busy waiting, the JIT, thread stacks) change nothing.
#pragma once
#include <string>
#include <vector>

#include "vm/base/types.h"

namespace joist {

enum class BreakMode : uint8_t { Menu, Interrupt, Disabled, Ignored };  // Ctrl-C: menu, +Bc, +Bd (or +B), +Bi

struct NodeFlags {
  size_t schedulers = 0, schedulers_online = 0;            // 0: one for each processor
  size_t dirty_cpu_schedulers = 0, dirty_cpu_online = 0;   // 0: as schedulers
  size_t dirty_io_schedulers = 10;
  size_t async_threads = 1;
  size_t max_processes = 1 << 20;
  size_t max_ports = 65536;
  size_t max_atoms = 1 << 20;
  size_t max_ets_tables = 8192;
  bool ets_compressed = false;
  size_t min_heap_size = 233, min_bin_vheap_size = 46422;  // words
  size_t max_heap_size = 0;
  bool max_heap_kill = true, max_heap_log = true;
  bool off_heap_messages = false;
  size_t fullsweep_after = 65535;
  BreakMode break_mode = BreakMode::Menu;
  std::string boot_module = "init";
  std::string bind_type;          // +sbt: u, ns, ts, …; empty: not bound
  std::string time_warp = "no_time_warp";
  size_t timing_level = 0;        // +T, and 1 more; 0: not given
  size_t compat_release = 25;
  bool time_correction = true;
  bool printable_unicode = false;
  char file_name_encoding = 'd';  // 'u' UTF-8, 'l' Latin-1, 'd' by locale
  char file_name_warning = 'w';   // w warn, i ignore, e error
  char warning_map = 'w';         // error_logger: i, w, e
  bool port_parallelism = false;
  bool no_line_info = false;
  bool no_crash_dump = false;
  size_t dist_busy_limit_kb = 1024;
  int64_t known_node_seconds = 60;  // -1: infinity
  size_t system_outstanding_limit = 0;
  bool print_version = false;     // +V
};

// Parses flags as the launcher hands them over. Returns an empty text, or what erl prints before its usage text.
std::string parse_flags(const std::vector<std::string>& flags, NodeFlags* out);

}  // namespace joist
