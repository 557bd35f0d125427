// A node's life: subsystems start from the bottom of the house upwards, the preloaded modules are loaded, the first process
// runs erl_init:start(init, Arguments), and OTP's own code does the rest. The main thread then waits for halt and for OS signals.
#include "vm/node/boot.h"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "bifs/erlang/halt.h"
#include "bifs/erlang/multi_scheduling.h"
#include "bifs/erlang/process_place.h"
#include "bifs/erlang/system_settings.h"
#include "bifs/file_names.h"
#include "bifs/list_builder.h"
#include "bifs/literal_release.h"
#include "bifs/nif_hooks.h"
#include "bifs/prim/installation.h"
#include "bifs/prim/socket/socket_object.h"
#include "bifs/text_settings.h"
#include "bifs/trace/ports.h"
#include "bifs/trace/tracer_module.h"
#include "gc/collect.h"
#include "gc/literal_area.h"
#include "loader/link.h"
#include "vm/code/code.h"
#include "vm/dist/nodes.h"
#include "vm/ets/table.h"
#include "vm/interp/run.h"
#include "vm/node/halt.h"
#include "vm/node/os_signals.h"
#include "vm/port/loaded_driver.h"
#include "vm/port/port_table.h"
#include "vm/process/alias_table.h"
#include "vm/process/hooks.h"
#include "vm/process/process_table.h"
#include "vm/process/registry.h"
#include "vm/process/spawn.h"
#include "vm/sched/machine_hooks.h"
#include "vm/sched/quiescence.h"
#include "vm/sched/scheduler.h"
#include "vm/sys/clock.h"
#include "vm/sys/environment.h"
#include "vm/sys/memory.h"
#include "vm/sys/threads.h"
#include "vm/term/bits.h"
#include "vm/term/print.h"
#include "vm/trace/port_events.h"
#include "vm/trace/process_events.h"
#include "vm/trace/sequence.h"
#include "vm/trace/watch.h"

namespace joist {
namespace {

namespace fs = std::filesystem;

NodeFlags flags_in_use;
std::string root_in_use;

// The modules that must be there before code can be read from files, in the order in which `erlang:pre_loaded()` of OTP names them.
constexpr const char* preloaded_names[] = {
    "zlib",        "socket_registry", "prim_zip",        "prim_socket",      "prim_net",
    "prim_inet",   "prim_file",       "prim_eval",       "prim_buffer",      "persistent_term",
    "init",        "erts_literal_area_collector",        "erts_internal",    "erts_dirty_process_signal_handler",
    "erts_code_purger", "erlang",     "erl_tracer",      "erl_prim_loader",  "erl_init",
    "counters",    "atomics"};

// "erts-13.1.5" below root or root/lib; empty when there is none.
std::string erts_folder_name(const std::string& root) {
  std::string best;
  for (const std::string& parent : {root, root + "/lib"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(parent, error)) {
      std::string name = entry.path().filename().string();
      if (name.compare(0, 5, "erts-") == 0 && name > best) best = name;
    }
  }
  return best;
}

// Contents of a preloaded module's file; false when it cannot be found.
bool read_preloaded(const std::string& root, const std::string& erts, const char* module, std::string* out) {
  for (const std::string& folder : {root + "/lib/" + erts + "/ebin/", root + "/" + erts + "/ebin/", root + "/erts/preloaded/ebin/"}) {
    std::ifstream in(folder + module + ".beam", std::ios::binary | std::ios::ate);
    if (!in) continue;
    out->resize(size_t(in.tellg()));
    in.seekg(0).read(out->data(), std::streamsize(out->size()));
    return true;
  }
  return false;
}

// Several threads prepare what must be there before the first process runs.
struct Preloading {
  struct Module {
    PreparedModule* prepared = nullptr;
    std::string error;
  };
  const std::string& root;
  std::string erts = erts_folder_name(root);
  std::atomic<size_t> next{0};
  Module modules[std::size(preloaded_names)] = {};

  void prepare() {
    for (size_t i; (i = next.fetch_add(1)) < std::size(modules);) {
      std::string bytes;
      auto& module = modules[i];
      if (!read_preloaded(root, erts, preloaded_names[i], &bytes)) {
        module.error = "not found in lib/" + erts + "/ebin";
        continue;
      }
      auto prepared = prepare_module(Term(), {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
      if (prepared) module.prepared = *prepared;
      else module.error = prepared.error().reason;
    }
  }
};

bool load_preloaded(const std::string& root) {
  Preloading all{root};
  auto prepare = [](void* all) { static_cast<Preloading*>(all)->prepare(); };
  sys::Thread* helper = sys::thread_start(prepare, &all, {.name = "joist_boot"});
  all.prepare();
  if (helper) sys::thread_join(helper);
  for (size_t i = 0; i < std::size(preloaded_names); i++) {
    if (all.modules[i].prepared) {
      finish_preloaded_module(all.modules[i].prepared);
      continue;
    }
    fprintf(stderr, "joist: preloaded module %s.beam of %s: %s\n", preloaded_names[i], root.c_str(), all.modules[i].error.c_str());
    return false;
  }
  return true;
}

// Process that calls module:start/arity; its arguments are built on a heap of their own, which spawning copies from.
Process* spawn_system(Process* parent, Term module, Term args, size_t arity, Priority priority = Priority::Normal) {
  SpawnOptions options;
  options.module = module;
  options.function = atom::start;
  options.args = args;
  options.arity = arity;
  options.system = true;
  options.priority = priority;
  return spawn_process(parent, options);
}

void spawn_first_processes(const std::vector<std::string>& init_arguments, const NodeFlags& flags) {
  Heap scratch;
  heap_init(scratch, Words(4096));
  Term list = nil;
  for (size_t i = init_arguments.size(); i-- > 0;) {
    Term text = bits::from_text(scratch, init_arguments[i]);
    list = scratch.reserve(Words(2)).cons(text, list);
  }
  HeapWriter w = scratch.reserve(Words(4));
  Term boot_module = make_atom(flags.boot_module);
  Term args = w.cons(list, nil);
  args = w.cons(boot_module, args);
  Process* init = spawn_system(nullptr, atom::erl_init, args, 2);
  // In OTP's order, so that pids are the same.
  spawn_system(init, atom::erts_code_purger, nil, 0);
  set_literal_area_collector(spawn_system(init, atom::erts_literal_area_collector, nil, 0)->pid);
  for (int i = 0; i < 3; i++) {
    static constexpr Priority priorities[] = {Priority::Normal, Priority::High, Priority::Max};
    spawn_system(init, atom::erts_dirty_process_signal_handler, nil, 0, priorities[i]);
  }
  heap_destroy(scratch);
}

void on_halt(int status, bool flush, const std::string* slogan) {
  if (slogan) request_crash(*slogan);
  else if (status < 0) halt_abort();
  else request_halt(status, flush);
}

void on_system_process_exit(Process& process, Term reason) {
  request_crash("System process " + print_term(process.pid) + " terminated: " + print_term(reason));
}

}  // namespace

const NodeFlags& node_flags() { return flags_in_use; }
const std::string& node_otp_root() { return root_in_use; }

std::string erts_version(const std::string& root) {
  std::string name = erts_folder_name(root);
  return name.empty() ? name : name.substr(5);
}

std::string otp_release(const std::string& root) {
  std::ifstream in(root + "/releases/start_erl.data");
  std::string erts, release;
  in >> erts >> release;
  return release;
}

// What the flags say about characters in file names, terminals and logs.
static void set_characters(const NodeFlags& flags) {
  set_file_name_encoding(flags.file_name_encoding == 'd' ? sys::locale_is_utf8() : flags.file_name_encoding == 'u');
  auto level = [](char letter) { return letter == 'e' ? atom::error : letter == 'i' ? atom::info : atom::warning; };
  text_settings.printable_unicode = flags.printable_unicode;
  text_settings.error_logger_warnings = level(flags.warning_map);
  text_settings.file_name_warning = flags.file_name_warning == 'i' ? atom::ignore : level(flags.file_name_warning);
}

// What system_info/1 says of the flags and of the OTP in use.
static void set_system_settings(const std::string& root, const NodeFlags& flags) {
  SystemSettings& s = system_settings;
  s.async_threads = flags.async_threads;
  if (flags.max_ets_tables > s.ets_limit) s.ets_limit = flags.max_ets_tables;  // never below the default, as OTP's
  dist::buffer_limit = flags.dist_busy_limit_kb * 1024;
  dist::known_node_milliseconds = flags.known_node_seconds * 1000;
  s.timing_level = uint32_t(flags.timing_level);
  s.compat_release = uint32_t(flags.compat_release);
  s.port_parallelism = flags.port_parallelism;
  ets::always_compress = flags.ets_compressed;
  s.break_ignored = flags.break_mode == BreakMode::Ignored;
  if (flags.system_outstanding_limit) s.outstanding_requests = int64_t(flags.system_outstanding_limit);
  s.otp_release = otp_release(root);
  s.erts_version = erts_version(root);
  set_async_threads(flags.async_threads);
  set_driver_system(s.erts_version, s.otp_release);
  static constexpr const char* bind_types[][2] = {{"ns", "no_spread"},
                                                  {"ts", "thread_spread"},
                                                  {"ps", "processor_spread"},
                                                  {"s", "spread"},
                                                  {"nnts", "no_node_thread_spread"},
                                                  {"nnps", "no_node_processor_spread"},
                                                  {"tnnps", "thread_no_node_processor_spread"},
                                                  {"db", "thread_no_node_processor_spread"}};
  for (auto& [flag, name] : bind_types)
    if (flags.bind_type == flag) s.bind_type = name;
}

int run_node(const std::string& root, const NodeFlags& flags, const std::vector<std::string>& init_arguments) {
  flags_in_use = flags;
  root_in_use = root;
  prim_file::set_installation(root);
  sys::init_clock(flags.time_warp == "single_time_warp"  ? sys::TimeWarp::Single
                  : flags.time_warp == "multi_time_warp" ? sys::TimeWarp::Multi
                                                         : sys::TimeWarp::None);
  block_os_signals();
  init_atoms(flags.max_atoms);
  init_literals();
  init_code();
  init_registry();
  init_port_table(flags.max_ports);
  ets::init_ets();
  init_loaded_drivers();
  prim_socket::init_sockets();
  init_multi_scheduling();
  dist::install();
  install_port_hooks();
  install_nif_hooks();
  install_alias_hooks();
  init_process_place();
  trace::init_call_tracing();
  trace::init_process_events();
  trace::init_port_events();
  init_port_tracing();
  init_module_tracing();
  trace::init_sequence_tracing();
  sys::exhaustion_hook = dump_exhausted;
  halt_hook = on_halt;
  process_hooks.system_process_exit = on_system_process_exit;
  machine_hooks.run_process = run_process;
  init_machine();

  SchedulerOptions options;
  options.schedulers = uint32_t(flags.schedulers);
  options.schedulers_online = uint32_t(flags.schedulers_online);
  options.dirty_cpu = uint32_t(flags.dirty_cpu_schedulers);
  options.dirty_cpu_online = uint32_t(flags.dirty_cpu_online);
  options.dirty_io = uint32_t(flags.dirty_io_schedulers);
  options.process_limit = flags.max_processes;
  spawn_defaults.min_heap = uint32_t(next_heap_size(size_t(flags.min_heap_size)));
  spawn_defaults.fullsweep_after = uint32_t(flags.fullsweep_after);
  spawn_defaults.max_heap = flags.max_heap_size;
  spawn_defaults.max_heap_kill = flags.max_heap_kill;
  spawn_defaults.max_heap_log = flags.max_heap_log;
  spawn_defaults.off_heap_messages = flags.off_heap_messages;
  spawn_defaults.min_virtual_heap = uint32_t(next_virtual_heap_size(flags.min_bin_vheap_size));
  options.bind = !flags.bind_type.empty() && flags.bind_type != "u";
  set_system_settings(root, flags);
  init_schedulers(options);
  if (!load_preloaded(root)) return 1;
  {
    QuiescentSection section;
    spawn_first_processes(init_arguments, flags);
  }
  set_characters(flags);
  start_schedulers();
  start_os_signals();
  return wait_for_halt();
}

}  // namespace joist
