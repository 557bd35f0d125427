// erlang:system_info/1 where the answer is a text in the format of crash dumps: info, procs, dist.
#include <string>

#include "bifs/bif.h"
#include "bifs/erlang/process_text.h"
#include "bifs/erlang/system_info.h"
#include "bifs/erlang/system_info_alloc.h"
#include "bifs/erlang/system_info_text.h"
#include "bifs/erlang/system_settings.h"
#include "vm/code/export.h"
#include "vm/code/module.h"
#include "vm/process/process_table.h"
#include "vm/sched/blocking.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/memory.h"
#include "vm/term/bits.h"

namespace joist {

namespace {

using sys::Alloc;

size_t bytes(std::initializer_list<Alloc> kinds) {
  size_t sum = 0;
  for (Alloc kind : kinds) sum += sys::allocated_bytes(kind);
  return sum;
}

}  // namespace

std::string system_version() {
  std::string s = "Erlang/OTP " + system_settings.otp_release + " [erts-" + system_settings.erts_version + "] [joist] [64-bit] [smp:";
  s += std::to_string(scheduler_count()) + ":" + std::to_string(schedulers_online()) + "] [ds:" + std::to_string(dirty_cpu_count()) +
       ":" + std::to_string(dirty_cpu_online()) + ":" + std::to_string(dirty_io_count()) + "] [async-threads:" + std::to_string(system_settings.async_threads) +
       "]\n";
  return s;
}

std::vector<std::pair<const char*, size_t>> memory_by_use() {
  size_t total = sys::allocated_bytes_total(), processes = bytes({Alloc::Heap, Alloc::OldHeap, Alloc::Fragment, Alloc::Process});
  return {{"total", total},
          {"processes", processes},
          {"processes_used", processes},
          {"system", total - processes},
          {"atom", atom_table_bytes()},
          {"atom_used", atom_text_bytes()},
          {"binary", bytes({Alloc::Binary})},
          {"code", bytes({Alloc::Code}) + export_count() * sizeof(Export)},
          {"ets", bytes({Alloc::Ets})}};
}

std::string general_info_text() {
  std::string out;
  auto section = [&](const char* name) { out += std::string("=") + name + "\n"; };
  auto line = [&](const char* name, size_t n) { out += std::string(name) + ": " + std::to_string(n) + "\n"; };
  section("memory");
  for (auto [name, size] : memory_by_use()) line(name, size);
  section("index_table:atom_tab");
  line("limit", atom_limit());
  line("entries", atom_count());
  section("index_table:module_code");
  line("entries", module_count());
  section("index_table:export_list");
  line("entries", export_count());
  section("allocated_areas");
  out += "atom_space: " + std::to_string(atom_table_bytes()) + " " + std::to_string(atom_text_bytes()) + "\n";
  line("loaded_code", bytes({Alloc::Code}));
  append_allocators(&out);
  return out;
}

namespace {

// Of one moment: all other schedulers stand still meanwhile.
std::string processes() {
  std::string out;
  block_others();
  for_each_process([](Process& p, void* text) { append_process(p, ProcessDetail::Terms, static_cast<std::string*>(text)); }, &out);
  unblock_others();
  return out;
}

std::string distribution() {
  block_others();
  std::string out = distribution_text(true);
  unblock_others();
  return out;
}

}  // namespace

bool text_system_info(NativeCall& c, Term item, Term* result) {
  if (!item.is_atom()) return false;
  std::string_view what = atom_text(item);
  std::string text;
  if (what == "info") text = general_info_text();
  else if (what == "procs") text = processes();
  else if (what == "dist") text = distribution();
  else return false;
  *result = bits::from_text(c.heap(), text);
  return true;
}

}  // namespace joist
