// Stacktraces in two steps: capture_trace() notes code addresses when an exception is raised; build_stacktrace() makes the list only when
// someone looks.
//
// A raw trace is the tuple {Record, Args, Info}: Record a bitstring of words (class, then code addresses), Args the first frame's arguments
// or `true`, Info the first frame's location items behind file and line. {Record, List} stands for a list given to erlang:raise/3.
#include <algorithm>
#include <cstring>

#include "vm/code/module.h"
#include "vm/code/ops.h"
#include "vm/interp/exceptions.h"
#include "vm/interp/trace_frames.h"
#include "vm/base/tunables.h"
#include "vm/term/map.h"

namespace joist {

std::atomic<uint32_t> backtrace_depth{default_backtrace_depth};

namespace {

struct TraceRecord {
  Word class_;
  const Export* named;   // first frame by name: a native, or a function that is not defined
  Word count;            // addresses
  const Word* at[0];
};
constexpr size_t record_words = sizeof(TraceRecord) / sizeof(Word);

Term make_record(Process& process, ExceptionClass class_, const Export* named, const Word* const* at, size_t count) {
  size_t bits = (record_words + count) * 64;
  size_t words = HeapBits::words_for_bits(bits);
  HeapWriter w = process.heap.reserve(Words(words));
  auto* box = reinterpret_cast<HeapBits*>(w.take(words));
  box->header = make_header(Kind::HeapBits, words - 1);
  box->size_bits = bits;
  auto* record = reinterpret_cast<TraceRecord*>(box->data);
  record->class_ = Word(class_);
  record->named = named;
  record->count = count;
  if (count) std::memcpy(static_cast<void*>(record->at), at, count * sizeof(Word));
  return box->term();
}

// Null when the term is no raw trace's record.
const TraceRecord* record_of(Term raw_trace) {
  auto tuple = raw_trace.as<Tuple>();
  if (!tuple || (tuple->arity() != 2 && tuple->arity() != 3)) return nullptr;
  auto box = tuple->at(0).as<HeapBits>();
  if (!box || box->size_bits < record_words * 64) return nullptr;
  auto* record = reinterpret_cast<const TraceRecord*>(box->data);
  return box->size_bits == (record_words + record->count) * 64 && record->class_ <= 2 ? record : nullptr;
}

// Module that explains the errors of a native of `module`, or the non-value.
Term errors_module(Term module) {
  for (Term m : {atom::erlang, atom::atomics, atom::counters, atom::erts_internal, atom::persistent_term}) {
    if (m.same(module)) return atom::erl_erts_errors;
  }
  for (Term m : {atom::binary, atom::ets, atom::lists, atom::maps, atom::math, atom::re, atom::unicode}) {
    if (m.same(module)) return atom::erl_stdlib_errors;
  }
  return module.same(atom::os) ? atom::erl_kernel_errors : Term();
}

// [{error_info, #{…}}] of the exception, or [].
Term error_info(Process& process, const PendingException& e) {
  Heap& heap = process.heap;
  Term info;
  if (e.native) {
    Term module = errors_module(e.native->module);
    if (module.is_non_value() || (e.native->kind == NativeKind::Missing && e.reason.same(atom::undef))) return nil;
    if (e.cause.is_value()) {
      Term pairs[] = {atom::cause, e.cause, atom::module, module};
      info = map::from_pairs(heap, pairs, 2);
    } else {
      Term pairs[] = {atom::module, module};
      info = map::from_pairs(heap, pairs, 1);
    }
  } else if (e.cause.is_value() && is_map(e.cause)) {
    info = e.cause;
  } else {
    return nil;
  }
  HeapWriter w = heap.reserve(Words(5));
  Term pair = w.tuple(atom::error_info, info);
  return w.cons(pair, nil);
}

size_t frame_words(const CodeLocation& where) { return 5 + 2 + (where.line ? 2 * (3 + 2) : 0); }

// [{M, F, what, [{file, _}, {line, _} | more]} | rest]
Term push_frame(HeapWriter& w, Term module, Term function, Term what, const CodeLocation& where, Term more, Term rest) {
  Term location = more;
  if (where.line) {
    location = w.cons(w.tuple(atom::line, Term::small(where.line)), location);
    location = w.cons(w.tuple(atom::file, where.file), location);
  }
  return w.cons(w.tuple(module, function, what, location), rest);
}

}  // namespace

size_t collect_return_addresses(const Word* stack, const Word* end, const Word** out, size_t limit) {
  size_t n = 0;
  const Word* last = nullptr;
  for (const Word* p = stack; p < end && n < limit; p++) {
    if (Term::from_raw(*p).tag() != Tag::Header) continue;
    auto* address = reinterpret_cast<const Word*>(*p);
    if (!address || address == last) continue;
    if (is_own_code(address)) [[unlikely]] {
      p += std::max<size_t>(trace_frame_words(address), 1) - 1;
      continue;
    }
    last = address;
    out[n++] = address - 1;  // of the call, not of what follows it
  }
  return n;
}

Term capture_trace(Process& process) {
  PendingException& e = process.exception();
  constexpr size_t most = 1024;
  const Word* at[most];
  size_t depth = backtrace_depth.load(std::memory_order_relaxed);
  if (depth > most) depth = most;
  const Export* named = nullptr;
  if (e.native) {
    named = e.native->export_;
  } else if (e.cause.is<Tuple>()) {
    auto mf = e.cause.as<Tuple>();
    size_t arity = 0;
    for (Term l = e.args; l.is_cons(); l = l.as_cons()->tail) arity++;
    named = get_export(mf->at(0), mf->at(1), uint32_t(arity));
  }
  size_t n = 0;
  size_t room = depth ? depth - (named ? 1 : 0) : 0;
  // The code of a function that is a native has no frame of its own.
  if ((room || !named) && find_code(process.pc) && instruction_word(process.pc) != handler_word(Op::native_body)) at[n++] = process.pc;
  if (room > n) {
    // A call's own frame begins at its return address: a failing tail call must not show its caller twice.
    n += collect_return_addresses(process.heap.stack, process.heap.end, at + n, room - n);
  }
  Term info = error_info(process, e);
  Term args = e.args.is_value() ? e.args : atom::true_;
  Term record = make_record(process, e.class_, named, at, n);
  return process.heap.reserve(Words(4)).tuple(record, args, info);
}

Term wrap_trace(Process& process, ExceptionClass class_, Term list) {
  Term record = make_record(process, class_, nullptr, nullptr, 0);
  return process.heap.reserve(Words(3)).tuple(record, list);
}

ExceptionClass class_of_trace(Term raw_trace) {
  const TraceRecord* record = record_of(raw_trace);
  return record ? ExceptionClass(record->class_) : ExceptionClass::Error;
}

void set_class_of_trace(Term raw_trace, ExceptionClass class_) {
  if (const TraceRecord* record = record_of(raw_trace)) const_cast<TraceRecord*>(record)->class_ = Word(class_);
}

Term build_stacktrace(Process& process, Term raw_trace) {
  const TraceRecord* record = record_of(raw_trace);
  if (!record) return nil;
  auto tuple = raw_trace.as<Tuple>();
  if (tuple->arity() == 2) return tuple->at(1);
  Term args = tuple->at(1), info = tuple->at(2);
  bool with_args = args.is_list();
  Term list = nil;
  for (size_t i = record->count; i-- > 0;) {
    CodeLocation where = locate(record->at[i]);
    if (!where.function) continue;
    bool first = i == 0 && !record->named;
    Term what = first && with_args ? args : Term::small(where.function->arity);
    HeapWriter w = process.heap.reserve(Words(frame_words(where)));
    list = push_frame(w, where.instance->module, where.function->function, what, where, first ? info : nil, list);
  }
  if (record->named) {
    Term what = with_args ? args : Term::small(record->named->arity);
    HeapWriter w = process.heap.reserve(Words(frame_words({})));
    list = push_frame(w, record->named->module, record->named->function, what, {}, info, list);
  }
  return list;
}

}  // namespace joist
