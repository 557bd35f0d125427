// erlang:system_info/1: what the machine is; schedulers, processes and clocks are in system_info_sched.cpp.
#include "bifs/erlang/system_info.h"
#include "bifs/erlang/system_info_text.h"
#include "bifs/erlang/system_info_alloc.h"
#include "vm/port/port_table.h"

#include <atomic>
#include <bit>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "bifs/bif.h"
#include "bifs/erlang/system_settings.h"
#include "bifs/trace/seq_trace.h"
#include "vm/code/taints.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/environment.h"
#include "vm/sys/memory.h"
#include "vm/sys/threads.h"
#include "vm/term/arith.h"
#include "vm/term/bits.h"
#include "vm/term/node.h"
#include "vm/trace/match_actions.h"

namespace joist {

namespace {

bool same_text(Term atom, const char* text) { return atom_text(atom) == text; }

Term atom_of(const char* text) { return make_atom(text); }

#if defined(__x86_64__)
constexpr const char* architecture = "x86_64-pc-linux-gnu";
#elif defined(__aarch64__)
constexpr const char* architecture = "aarch64-unknown-linux-gnu";
#else
constexpr const char* architecture = "unknown-unknown-linux-gnu";
#endif

Term os_type(Heap& heap) {
  static const Term family = make_atom("unix"), name = make_atom("linux");
  return heap.reserve(Words(3)).tuple(family, name);
}

// {Major, Minor, Release} of the kernel; what is no number counts as 0.
Term os_version(Heap& heap) {
  int parts[3] = {};
  sscanf(sys::os_release().c_str(), "%d.%d.%d", &parts[0], &parts[1], &parts[2]);
  return heap.reserve(Words(4)).tuple(Term::small(parts[0]), Term::small(parts[1]), Term::small(parts[2]));
}

// Natives that OTP does not have as BIFs, but as NIFs of its preloaded modules, as an instruction, or not at all.
bool is_no_bif(const NativeEntry& native) {
  static constexpr std::string_view others[][2] = {{"erlang", "bif_return_trap"}, {"erlang", "yield"}, {"re", "internal_run_dirty"}};
  for (auto& [module, function] : others)
    if (native.module_text == module && native.function_text == function) return true;
  static constexpr std::string_view modules[] = {"prim_buffer", "prim_net", "prim_socket", "zlib", "erl_tracer"};
  for (std::string_view module : modules)
    if (native.module_text == module) return true;
  return native.module_text == std::string_view("prim_file") && std::string_view(native.function_text).ends_with("_nif");
}

// What the machine has of its own: {What, HowItIsUsed or "no", []}.
Term ethread_info(Heap& heap) {
  static constexpr const char* atomics[][2] = {{"Double word native atomics", std::atomic<__int128>::is_always_lock_free ? "std::atomic" : "no"},
                                               {"64-bit native atomics", std::atomic<uint64_t>::is_always_lock_free ? "std::atomic" : "no"},
                                               {"32-bit native atomics", std::atomic<uint32_t>::is_always_lock_free ? "std::atomic" : "no"}};
  Term list = nil;
  for (auto& [what, how] : atomics) {
    Term name = text_list(heap, what), use = text_list(heap, how);
    HeapWriter w = heap.reserve(Words(4 + 2));
    Term row = w.tuple(name, use, nil);
    list = w.cons(row, list);
    heap.commit(w);
  }
  return list;
}

// [{Module, Function, Arity}] of all BIFs.
Term all_bifs(Heap& heap) {
  HeapWriter w = heap.reserve(Words(native_count * (2 + 4)));
  Term list = nil;
  for (size_t i = 0; i < native_count; i++) {
    const NativeEntry& native = native_table[i];
    if (is_no_bif(native)) continue;
    Term mfa = w.tuple(native.module, native.function, Term::small(native.arity));
    list = w.cons(mfa, list);
  }
  heap.commit(w);
  return list;
}

}  // namespace

Term text_list(Heap& heap, const char* text) {
  size_t n = strlen(text);
  HeapWriter w = heap.reserve(Words(2 * n));
  Term list = nil;
  for (size_t i = n; i-- > 0;) list = w.cons(Term::small(uint8_t(text[i])), list);
  return list;
}

bool machine_system_info(NativeCall& c, Term item, Term* result) {
  Heap& heap = c.heap();
  if (auto t = item.as<Tuple>()) {
    if (t->arity() != 2 || !t->at(0).is_atom()) return false;
    if (same_text(t->at(0), "wordsize")) {
      if (!t->at(1).is_atom() || (!same_text(t->at(1), "internal") && !same_text(t->at(1), "external"))) return false;
      *result = Term::small(8);
      return true;
    }
    return false;
  }
  if (!item.is_atom()) return false;
  const std::string_view name = atom_text(item);
  // Items whose answer is always the same.
  struct Fixed {
    std::string_view item;
    const char* atom;   // or null
    const char* text;   // or null
    SWord number;
  };
  static const Fixed fixed[] = {
      {"nif_version", nullptr, "2.16", 0},
      {"driver_version", nullptr, "3.3", 0},
      {"machine", nullptr, "BEAM", 0},
      {"system_architecture", nullptr, architecture, 0},
      {"wordsize", nullptr, nullptr, 8},
      {"context_reductions", nullptr, nullptr, SWord(slice_reductions)},
      {"build_type", "opt", nullptr, 0},
      {"emu_type", "opt", nullptr, 0},
      {"emu_flavor", "emu", nullptr, 0},
      {"heap_type", "private", nullptr, 0},
      {"hipe_architecture", "undefined", nullptr, 0},
      {"dynamic_trace", "none", nullptr, 0},
      {"dynamic_trace_probes", "false", nullptr, 0},
      {"debug_compiled", "false", nullptr, 0},
      {"lock_checking", "false", nullptr, 0},
      {"lock_counting", "false", nullptr, 0},
      {"smp_support", "true", nullptr, 0},
      {"threads", "true", nullptr, 0},
      {"kernel_poll", "true", nullptr, 0},
      {"eager_check_io", "true", nullptr, 0},
      {"beam_jump_table", "true", nullptr, 0},
      {"constant_pool_support", "true", nullptr, 0},
      {"cpu_quota", nullptr, nullptr, -1},
  };
  for (const Fixed& f : fixed) {
    if (name != f.item) continue;
    if (f.atom) *result = atom_of(f.atom);
    else if (f.text) *result = text_list(heap, f.text);
    else if (f.number >= 0) *result = Term::small(f.number);
    else *result = sys::cpus_quota() ? Term::small(sys::cpus_quota()) : atom_of("unknown");
    return true;
  }
  const SystemSettings& s = system_settings;
  if (name == "thread_pool_size") *result = Term::small(SWord(s.async_threads));
  else if (name == "trace_control_word") *result = Term::small(trace::control_word.load());
  else if (name == "sequential_tracer") {
    Term tracer = sequential_tracer(heap);
    *result = heap.reserve(Words(3)).tuple(item, tracer);
  } else if (name == "otp_release") *result = text_list(heap, s.otp_release.c_str());
  else if (name == "version") *result = text_list(heap, s.erts_version.c_str());
  else if (name == "ets_limit") *result = Term::small(SWord(s.ets_limit));
  else if (name == "compat_rel") *result = Term::small(s.compat_release);
  else if (name == "modified_timing_level") *result = s.timing_level ? Term::small(s.timing_level - 1) : atom::undefined;
  else if (name == "port_parallelism") *result = boolean(s.port_parallelism);
  else if (name == "break_ignored") *result = boolean(s.break_ignored);
  else if (name == "system_version") *result = text_list(heap, system_version().c_str());
  else if (name == "os_type") *result = os_type(heap);
  else if (name == "atom_count") *result = Term::small(SWord(atom_count()));
  else if (name == "atom_limit") *result = Term::small(SWord(atom_limit()));
  else if (name == "endian") *result = atom_of(std::endian::native == std::endian::little ? "little" : "big");
  else if (name == "os_version") *result = os_version(heap);
  else if (name == "port_count") *result = Term::small(SWord(port_count()));
  else if (name == "port_limit") *result = Term::small(SWord(port_limit()));
  else if (name == "creation") *result = Term::small(local_node_creation());
  else if (name == "taints") *result = taints(heap);
  else if (name == "ethread_info") *result = ethread_info(heap);
  else if (name == "snifs") *result = all_bifs(heap);
  else if (name == "c_compiler_used") {
    HeapWriter w = heap.reserve(Words(4 + 3));
    Term version = w.tuple(Term::small(__clang_major__), Term::small(__clang_minor__), Term::small(__clang_patchlevel__));
    *result = w.tuple(atom_of("clang"), version);
  } else return false;
  return true;
}

BIF(erlang, is_builtin, 3) {
  Term module = c.arg(0), function = c.arg(1);
  if (!module.is_atom() || !function.is_atom() || !c.arg(2).is_small()) return badarg();
  SWord arity = c.arg(2).small_value();
  // Instructions in OTP, and for those who ask BIFs all the same.
  static const Term yield = make_atom("yield");
  if (module.same(atom::erlang) && function.same(atom::apply) && (arity == 2 || arity == 3)) return atom::true_;
  if (module.same(atom::erlang) && function.same(yield) && arity == 0) return atom::true_;
  const NativeEntry* native = arity >= 0 && arity <= 255 ? find_native(module, function, size_t(arity)) : nullptr;
  return boolean(native && !is_no_bif(*native));
}

BIF(erlang, system_info, 1) {
  Term result;
  if (Term allocators; Export* trap = allocator_info_trap(c.arg(0), &allocators)) return c.trap(trap, allocators);
  for (SystemInfoTopic topic : {allocator_system_info, memory_system_info, machine_system_info, scheduler_system_info, process_system_info,
                                time_system_info, node_system_info, text_system_info})
    if (topic(c, c.arg(0), &result)) return result;
  return badarg();
}

}  // namespace joist
