// A timer interrupts every scheduler a thousand times a second of its CPU time. The signal handler notes the code addresses on the stack of
// the process that runs; names are looked up when the node halts.
//
// Wherever the thread is interrupted, the machine's pc and E are in one of three places. In a handler they are in their registers. C++ that
// a handler called has them there too, or has saved them on the C stack, pc below E, for both belong to the caller. And what takes long
// found the process whole: SPILL stored them. What is taken for them must look the part: an address in a module, one in the
// process's stack. While the process's heap is collected its stack is nowhere, so samples of that time have no frames but one that says so;
// microstate accounting, which tells, is switched on for it.
//
// A thread writes its samples to a range of its own; `used` is all that others read of it. Code that was purged before the end has lost its
// names.
#include "vm/interp/sampler.h"

#include <cstdio>
#include <unordered_map>
#include <vector>

#include "vm/code/breakpoints.h"
#include "vm/code/export.h"
#include "vm/code/module.h"
#include "vm/code/native.h"
#include "vm/code/ranges.h"
#include "vm/interp/dispatch.h"
#include "vm/interp/exceptions.h"
#include "vm/sys/memory.h"
#include "vm/sys/microstates.h"
#include "vm/sys/sampling.h"
#include "vm/term/atom.h"

namespace joist {
namespace {

constexpr unsigned samples_per_second = 1000;
constexpr size_t most_frames = 200;
constexpr size_t range_bytes = size_t(512) << 20;  // a thread; pages cost memory once they are written

enum class Doing : uint8_t { Erlang, Collection, Other };

// A sample is a head and as many code addresses as it says, newest frame first.
struct Head {
  Doing doing;
  uint16_t frames;
  uint32_t weight;
};
static_assert(sizeof(Head) == sizeof(Word));

struct Samples {
  Process* running = nullptr;          // read by the signal handler of the same thread
  const Word* c_stack_end = nullptr;   // of the frames above the machine
  Word* words = nullptr;
  std::atomic<size_t> used{0};         // words that are whole samples
  Samples* next = nullptr;
};
std::atomic<Samples*> all_samples{nullptr};
thread_local Samples* own_samples = nullptr;
std::string file_name;

bool is_aligned(Word w) { return w % sizeof(Word) == 0; }
bool is_stack(const Process& p, Word w) {
  return is_aligned(w) && w >= reinterpret_cast<Word>(p.heap.start) && w <= reinterpret_cast<Word>(p.heap.end);
}
bool is_code(Word w) { return is_aligned(w) && find_code(reinterpret_cast<const Word*>(w)); }

// Finds the machine's registers; see the top of the file. It reads all of the C stack, of whoever it is: AddressSanitizer would
// complain about the gaps between variables.
__attribute__((no_sanitize("address")))
void find_registers(const Samples& samples, const sys::SampledRegisters& registers, const Word** code, const Word** stack) {
  const Process& p = *samples.running;
  Word pc = registers.code, e = registers.stack;
  bool found = is_stack(p, e) && is_code(pc);
  for (const Word* at = registers.c_stack; !found && at + 1 < samples.c_stack_end; at++) {
    if (!is_stack(p, at[1]) || !is_code(at[0])) continue;
    pc = at[0], e = at[1];
    found = true;
  }
  *code = found ? reinterpret_cast<const Word*>(pc) : p.pc;
  *stack = found ? reinterpret_cast<const Word*>(e) : p.heap.stack;
}

void take_sample(const sys::SampledRegisters& registers) {
  Samples* samples = own_samples;
  if (!samples || !sys::microstates_measured()) return;
  size_t used = samples->used.load(std::memory_order_relaxed);
  if (used + 2 + most_frames > range_bytes / sizeof(Word)) return;
  Word* out = samples->words + used;
  Doing doing = !samples->running ? Doing::Other
                : sys::current_microstate() == sys::Microstate::Gc ? Doing::Collection : Doing::Erlang;
  size_t frames = 0;
  if (doing == Doing::Erlang) {
    const Word *code, *stack;
    find_registers(*samples, registers, &code, &stack);
    out[1 + frames++] = reinterpret_cast<Word>(code);
    frames += collect_return_addresses(stack, samples->running->heap.end, reinterpret_cast<const Word**>(out + 2), most_frames);
  }
  *reinterpret_cast<Head*>(out) = {doing, uint16_t(frames), registers.weight};
  samples->used.store(used + 1 + frames, std::memory_order_release);
}

const Head& head_of(const Word* sample) { return *reinterpret_cast<const Head*>(sample); }

// ---- the file

using Name = std::string;

std::string text_of(Term atom) { return std::string(atom_text(atom)); }
Name name_of(Term module, Term function, size_t arity) {
  return text_of(module) + ":" + text_of(function) + "/" + std::to_string(arity);
}
Name name_of(const CodeLocation& where) {
  return name_of(where.instance->module, where.function->function, where.function->arity);
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (uint8_t(c) >= 0x20) out += c;
  }
  return out + "\"";
}

// The frames of all profiles, each name once.
class FrameTable {
 public:
  size_t index_of(const Name& name) {
    auto [row, added] = indexes_.emplace(name, names_.size());
    if (added) names_.push_back(name);
    return row->second;
  }
  const std::vector<Name>& names() const { return names_; }

 private:
  std::unordered_map<Name, size_t> indexes_;
  std::vector<Name> names_;
};

// The frames of one sample, oldest first.
std::vector<size_t> frames_of(const Word* sample, FrameTable& table) {
  const Head& head = head_of(sample);
  if (head.doing == Doing::Collection) return {table.index_of("(garbage collection)")};
  if (head.doing == Doing::Other) return {table.index_of("(scheduler)")};
  std::vector<size_t> frames;
  for (size_t i = head.frames; i > 0; i--) {
    auto* code = reinterpret_cast<const Word*>(sample[i]);
    CodeLocation where = locate(code);
    if (!where.function) continue;
    frames.push_back(table.index_of(name_of(where)));
    Op op = op_of_handler(instruction_word(code));
    if (i != 1 || (op != Op::call_native && op != Op::send)) continue;
    const NativeEntry& native = *operands<ins::call_native>(code).native.p;
    frames.push_back(table.index_of(name_of(native.module, native.function, native.arity)));
  }
  if (frames.empty()) frames.push_back(table.index_of("(unknown)"));
  return frames;
}

std::string profile_of(const Samples& samples, size_t number, FrameTable& table) {
  std::string stacks, weights;
  uint64_t time = 0;
  size_t end = samples.used.load(std::memory_order_acquire);
  for (const Word* at = samples.words; at < samples.words + end; at += 1 + head_of(at).frames) {
    if (time) stacks += ",\n", weights += ",";
    stacks += "[";
    const char* comma = "";
    for (size_t frame : frames_of(at, table)) stacks += comma + std::to_string(frame), comma = ",";
    stacks += "]";
    weights += std::to_string(head_of(at).weight);
    time += head_of(at).weight;
  }
  return "{\"type\":\"sampled\",\"name\":\"scheduler thread " + std::to_string(number) + "\",\"unit\":\"milliseconds\",\"startValue\":0,\"endValue\":" +
         std::to_string(time) + ",\n\"samples\":[" + stacks + "],\n\"weights\":[" + weights + "]}";
}
static_assert(samples_per_second == 1000, "the weights are milliseconds");

}  // namespace

void detail::begin_sampled(Process& process, const void* c_stack) {
  if (!own_samples) {
    void* range = sys::reserve_range(range_bytes, sys::page_bytes());
    if (!range || !sys::commit_range(range, range_bytes)) return;
    auto* samples = sys::create<Samples>(sys::Alloc::System);
    samples->words = static_cast<Word*>(range);
    samples->next = all_samples.load(std::memory_order_relaxed);
    while (!all_samples.compare_exchange_weak(samples->next, samples, std::memory_order_release)) {}
    own_samples = samples;
    if (!sys::sample_this_thread(samples_per_second, take_sample)) std::perror("joist: cannot sample");
  }
  own_samples->c_stack_end = static_cast<const Word*>(c_stack);
  std::atomic_signal_fence(std::memory_order_release);
  own_samples->running = &process;
}

void detail::end_sampled() {
  if (own_samples) own_samples->running = nullptr;
  std::atomic_signal_fence(std::memory_order_release);
}

void start_sampler(std::string file) {
  file_name = std::move(file);
  detail::sampling.store(true);
  sys::measure_microstates(true);
}

bool write_samples() {
  if (!detail::sampling.exchange(false)) return true;
  sys::measure_microstates(false);
  FrameTable table;
  std::string profiles;
  size_t number = 0;
  for (Samples* s = all_samples.load(std::memory_order_acquire); s; s = s->next) {
    if (number) profiles += ",\n";
    profiles += profile_of(*s, ++number, table);
  }
  FILE* out = std::fopen(file_name.c_str(), "w");
  if (!out) return false;
  std::fputs("{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\",\"exporter\":\"joist\",\n\"shared\":{\"frames\":[", out);
  const char* comma = "";
  for (const Name& name : table.names()) {
    std::fprintf(out, "%s{\"name\":%s}", comma, quoted(name).c_str());
    comma = ",\n";
  }
  std::fprintf(out, "]},\n\"profiles\":[%s]}\n", profiles.c_str());
  return std::fclose(out) == 0;
}

}  // namespace joist
