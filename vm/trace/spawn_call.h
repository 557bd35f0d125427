// A child's first call as trace messages tell it.
#pragma once
#include "vm/process/spawn.h"

namespace joist::trace {

// erlang:spawn_request starts children by erts_internal:spawn_init/1 in OTP, which is told; here it calls directly.
struct SpawnCall {
  Term module, function, args;
  size_t arity;
  explicit SpawnCall(const SpawnOptions& o) : module(o.module), function(o.function), args(o.args), arity(o.arity) {
    if (!o.asynchronous) return;
    HeapWriter w(words_, words_ + 6, &none_);
    args = w.cons(w.tuple(module, function, args), nil);
    module = atom::erts_internal;
    function = make_atom("spawn_init");
    arity = 1;
  }
  SpawnCall(const SpawnCall&) = delete;
  SpawnCall& operator=(const SpawnCall&) = delete;

 private:
  Word words_[6];
  OffHeap* none_ = nullptr;
};

}  // namespace joist::trace
