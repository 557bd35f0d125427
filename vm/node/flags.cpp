// Ranges and messages are those that `erl` shows for bad values.
#include "vm/node/flags.h"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "vm/sys/threads.h"

namespace joist {
namespace {

constexpr size_t max_threads = 1024;
constexpr size_t max_table = 134217727;

bool number(const std::string& text, long low, long high, size_t* out) {
  char* end;
  long v = strtol(text.c_str(), &end, 10);
  if (text.empty() || *end || v < low || v > high) return false;
  *out = size_t(v);
  return true;
}

// "N", "N:M" or ":M" with both in range; values not given are left alone.
bool number_pair(const std::string& text, long low, long high, size_t* first, size_t* second) {
  size_t colon = text.find(':');
  if (colon == std::string::npos) return number(text, low, high, first);
  std::string a = text.substr(0, colon), b = text.substr(colon + 1);
  if (a.empty() && b.empty()) return false;
  return (a.empty() || number(a, low, high, first)) && (b.empty() || number(b, low, high, second));
}

bool is_one_of(const std::string& text, std::initializer_list<const char*> list) {
  for (const char* s : list)
    if (text == s) return true;
  return false;
}

bool boolean_text(const std::string& text, bool* out) {
  if (text != "true" && text != "false") return false;
  *out = text == "true";
  return true;
}

class Parser {
 public:
  Parser(const std::vector<std::string>& flags, NodeFlags* out) : flags_(flags), f_(*out) {}

  std::string run() {
    std::string error;
    for (i_ = 0; i_ < flags_.size() && error.empty(); i_++) error = one();
    return error;
  }

 private:
  // What follows a flag of `prefix` characters: in the same word or in the next one.
  std::string argument(size_t prefix) {
    const std::string& flag = flags_[i_];
    if (flag.size() > prefix) return flag.substr(prefix);
    return i_ + 1 < flags_.size() ? flags_[++i_] : std::string();
  }
  std::string unknown() { return "erl unknown flag " + flags_[i_]; }
  static std::string bad(const char* what, const std::string& value) { return std::string(what) + " " + value; }

  std::string one() {
    const std::string& flag = flags_[i_];
    if (flag.size() < 2 || flag[0] != '-') return unknown();
    switch (flag[1]) {
      case 'A': return set_number(2, 0, max_threads, &f_.async_threads, "bad number of async threads");
      case 'a': return ignore_number(2, 16, 8192, "bad stack size for async threads");
      case 'B': return set_break();
      case 'C': return set_choice(2, {"no_time_warp", "single_time_warp", "multi_time_warp"}, &f_.time_warp, "bad time warp mode");
      case 'c': return set_time_correction();
      case 'd': return flag == "-dcg" ? ignore_number(4, 0, 1024, "bad decentralized counter groups limit") : (f_.no_crash_dump = true, "");
      case 'e':
        if (flag == "-ec") return f_.ets_compressed = true, "";
        return set_number(2, 0, max_table, &f_.max_ets_tables, "bad maximum number of ets tables");
      case 'f': return flag.compare(0, 3, "-fn") == 0 ? set_file_names() : unknown();
      case 'h': return set_heap();
      case 'i': return f_.boot_module = argument(2), "";
      case 'I': case 'J': case 'M': return argument(flag.size()), "";
      case 'K': return argument(2), "";
      case 'L': return f_.no_line_info = true, "";
      case 'n': {
        std::string v = argument(2);
        return is_one_of(v, {"s", "a", "d"}) ? "" : bad("bad -n option", v);
      }
      case 'P': return set_table(&f_.max_processes, "bad number of processes");
      case 'Q': return set_table(&f_.max_ports, "bad number of ports");
      case 'p': {
        if (flag.compare(0, 3, "-pc") != 0) return unknown();
        std::string v = argument(3);
        if (!is_one_of(v, {"unicode", "latin1"})) return bad("bad range of printable characters:", v);
        return f_.printable_unicode = v == "unicode", "";
      }
      case 'R': return set_number(2, 23, 25, &f_.compat_release, "bad compatibility release number");
      case 'r': return flag == "-rg" ? (argument(3), "") : "";
      case 'S': return set_schedulers();
      case 's': return set_scheduling();
      case 'T': {
        std::string error = set_number(2, 0, 9, &f_.timing_level, "bad modified timing level");
        return f_.timing_level++, error;
      }
      case 't': return set_number(2, 8192, 2147483647, &f_.max_atoms, "bad atom table size");
      case 'V': return f_.print_version = true, "";
      case 'v': return "";
      case 'W': {
        std::string v = argument(2);
        if (!is_one_of(v, {"i", "w", "e"})) return bad("unrecognized warning_map option", v);
        return f_.warning_map = v[0], "";
      }
      case 'z': return set_misc();
      default: return unknown();
    }
  }

  std::string set_number(size_t prefix, long low, long high, size_t* out, const char* message) {
    std::string v = argument(prefix);
    return number(v, low, high, out) ? "" : bad(message, v);
  }
  std::string ignore_number(size_t prefix, long low, long high, const char* message) {
    size_t ignored;
    return set_number(prefix, low, high, &ignored, message);
  }
  std::string set_choice(size_t prefix, std::initializer_list<const char*> choices, std::string* out, const char* message) {
    std::string v = argument(prefix);
    if (!is_one_of(v, choices)) return bad(message, v);
    return *out = v, "";
  }
  std::string set_table(size_t* out, const char* message) {
    std::string v = argument(2);
    if (v == "legacy") return "";
    return number(v, 1024, max_table, out) ? "" : bad(message, v);
  }

  std::string set_break() {
    std::string mode = flags_[i_].substr(2);
    if (mode.empty() && i_ + 1 < flags_.size() && is_one_of(flags_[i_ + 1], {"i", "c", "d"})) mode = flags_[++i_];
    f_.break_mode = mode == "i" ? BreakMode::Ignored : mode == "c" ? BreakMode::Interrupt : BreakMode::Disabled;
    return "";
  }

  std::string set_time_correction() {
    std::string v = flags_[i_].substr(2);
    if (v.empty()) {
      if (i_ + 1 < flags_.size() && boolean_text(flags_[i_ + 1], &f_.time_correction)) i_++;
      else f_.time_correction = false;
      return "";
    }
    return boolean_text(v, &f_.time_correction) ? "" : bad("Invalid time correction value:", v);
  }

  std::string set_file_names() {
    std::string v = argument(3);
    char kind = v.empty() ? 0 : v[0], warn = v.size() > 1 ? v[1] : 'w';
    if (!kind || !strchr("ula", kind))
      return "bad filename encoding " + v + ", can be (l,u or a, optionally followed by w, i or e)";
    if (!strchr("wie", warn)) return "bad type of warnings for wrongly coded filename: " + v.substr(1);
    f_.file_name_encoding = kind == 'a' ? 'd' : kind;
    f_.file_name_warning = warn;
    return "";
  }

  std::string set_heap() {
    std::string sub = flags_[i_].substr(2);
    const char* message = "bad heap size";
    if (sub == "mbs") return set_number(5, 1, INT32_MAX, &f_.min_bin_vheap_size, message);
    if (sub == "ms") return set_number(4, 1, INT32_MAX, &f_.min_heap_size, message);
    if (sub == "pds") return ignore_number(5, 1, INT32_MAX, "bad initial process dictionary size");
    if (sub == "max") return set_number(5, 0, INT64_MAX >> 3, &f_.max_heap_size, "bad max heap size");
    if (sub == "mqd") {
      std::string v = argument(5);
      if (!is_one_of(v, {"on_heap", "off_heap"})) return bad("Invalid message_queue_data flag:", v);
      return f_.off_heap_messages = v == "off_heap", "";
    }
    if (sub == "maxk" || sub == "maxel") {
      std::string v = argument(2 + sub.size());
      if (boolean_text(v, sub == "maxk" ? &f_.max_heap_kill : &f_.max_heap_log)) return "";
      return bad(sub == "maxk" ? "bad max heap kill" : "bad max heap error logger", v);
    }
    return set_number(2, 1, INT32_MAX, &f_.min_heap_size, message);
  }

  std::string set_schedulers() {
    std::string sub = flags_[i_].substr(2);
    size_t processors = size_t(sys::cpus_available());
    if (sub == "P" || sub == "DPcpu") {
      std::string v = argument(2 + sub.size());
      size_t total = 100, online = 100;
      if (!number_pair(v, 1, 100000, &total, &online)) return bad("bad schedulers percentage values", v);
      size_t n = (processors * total + 50) / 100, m = (processors * online + 50) / 100;
      n = n < 1 ? 1 : n > max_threads ? max_threads : n;
      m = m < 1 ? 1 : m > n ? n : m;
      (sub == "P" ? f_.schedulers : f_.dirty_cpu_schedulers) = n;
      (sub == "P" ? f_.schedulers_online : f_.dirty_cpu_online) = m;
      return "";
    }
    if (sub == "Dcpu") return set_pair(6, &f_.dirty_cpu_schedulers, &f_.dirty_cpu_online, processors, "bad amount of dirty CPU schedulers");
    if (sub.compare(0, 3, "Dio") == 0)
      return set_number(5, 1, max_threads, &f_.dirty_io_schedulers, "bad number of dirty I/O schedulers");
    return set_pair(2, &f_.schedulers, &f_.schedulers_online, processors, "bad amount of schedulers");
  }

  // "N:M"; 0 and negative numbers count from the number of processors.
  std::string set_pair(size_t prefix, size_t* total, size_t* online, size_t processors, const char* message) {
    std::string v = argument(prefix);
    size_t colon = v.find(':');
    std::string parts[2] = {v.substr(0, colon), colon == std::string::npos ? "" : v.substr(colon + 1)};
    size_t* outs[2] = {total, online};
    for (int k = 0; k < 2; k++) {
      if (parts[k].empty()) continue;
      char* end;
      long n = strtol(parts[k].c_str(), &end, 10);
      if (*end) return bad(message, v);
      if (n <= 0) n = long(processors) + n;
      if (n < 1 || size_t(n) > max_threads) return bad(message, v);
      *outs[k] = size_t(n);
    }
    if (parts[1].empty()) *online = *total;
    if (*total && *online > *total) return bad(message, v);
    return "";
  }

  std::string set_scheduling() {
    std::string flag = flags_[i_], sub = flag.substr(2);
    auto busy_wait = {"none", "very_short", "short", "medium", "long", "very_long"};
    auto wakeup = {"very_low", "low", "medium", "high", "very_high"};
    std::string ignored;
    if (sub == "bt")
      return set_bind_type();
    if (sub == "bwtdcpu") return set_choice(9, busy_wait, &ignored, "bad dirty CPU scheduler busy wait threshold:");
    if (sub == "bwtdio") return set_choice(8, busy_wait, &ignored, "bad dirty IO scheduler busy wait threshold:");
    if (sub == "bwt") return set_choice(5, busy_wait, &ignored, "bad scheduler busy wait threshold:");
    if (sub == "cl") return set_choice(4, {"true", "false"}, &ignored, "bad scheduler compact load value");
    if (sub == "ct") return argument(4), "";
    if (sub == "ecio") return set_choice(6, {"true", "false"}, &ignored, "bad eager check I/O value");
    if (sub == "fwi") return argument(5), "";
    if (sub == "pp") {
      std::string v = argument(4);
      return boolean_text(v, &f_.port_parallelism) ? "" : bad("bad port parallelism scheduling hint", v);
    }
    if (sub == "tbt") return argument(5), "";
    if (sub == "ub") {
      std::string v = argument(4);
      return is_one_of(v, {"true", "false"}) ? "" : "bad scheduler utilization balancing  value '" + v + "'";
    }
    if (sub == "wct") return set_choice(5, {"very_lazy", "lazy", "medium", "eager", "very_eager"}, &ignored, "scheduler wake cleanup threshold:");
    if (sub == "wtdcpu") return set_choice(8, wakeup, &ignored, "dirty CPU scheduler wakeup threshold:");
    if (sub == "wtdio") return set_choice(7, wakeup, &ignored, "dirty IO scheduler wakeup threshold:");
    if (sub == "wt") return set_choice(4, wakeup, &ignored, "scheduler wakeup threshold:");
    if (sub == "ws") return set_choice(4, {"default", "legacy"}, &ignored, "scheduler wakeup strategy:");
    if (sub == "ss") return ignore_number(4, 20, 8192, "bad stack size for scheduler threads");
    if (sub == "ssdcpu") return ignore_number(8, 20, 8192, "bad stack size for dirty CPU scheduler threads");
    if (sub == "ssdio") return ignore_number(7, 20, 8192, "bad stack size for dirty IO scheduler threads");
    if (sub == "srct") return "";
    // The value may stand in the same word: "-sbtu".
    if (sub.compare(0, 2, "bt") == 0 && sub.compare(0, 3, "bwt") != 0)
      return set_bind_type();
    return "bad scheduling option " + flag;
  }

  std::string set_bind_type() {
    std::string v = argument(4);
    if (!is_one_of(v, {"u", "ns", "ts", "ps", "s", "nnts", "nnps", "tnnps", "db"}))
      return "setting scheduler bind type '" + v + "' failed: invalid type";
    return f_.bind_type = v, "";
  }

  std::string set_misc() {
    std::string flag = flags_[i_], sub = flag.substr(2);
    if (sub == "dbbl") return set_number(6, 1, 2097151, &f_.dist_busy_limit_kb, "Invalid dbbl limit:");
    if (sub == "dntgc") return set_known_node_seconds();
    if (sub == "ebwt") return argument(6), "";
    if (sub == "osrl") return set_number(6, 1, max_table, &f_.system_outstanding_limit, "Invalid outstanding requests limit:");
    return "bad -z option " + flag;
  }

  std::string set_known_node_seconds() {
    if (i_ + 1 < flags_.size() && flags_[i_ + 1] == "infinity") return i_++, f_.known_node_seconds = -1, "";
    size_t seconds = 0;
    std::string error = set_number(7, 0, 100'000'000, &seconds, "Invalid delayed node table gc:");
    if (error.empty()) f_.known_node_seconds = int64_t(seconds);
    return error;
  }

  const std::vector<std::string>& flags_;
  NodeFlags& f_;
  size_t i_ = 0;
};

}  // namespace

std::string parse_flags(const std::vector<std::string>& flags, NodeFlags* out) { return Parser(flags, out).run(); }

}  // namespace joist
