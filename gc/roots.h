// What a collection starts from. Functions that take Roots may move every term of that heap.
#pragma once
#include "vm/term/term.h"

namespace joist {

struct RootSpan {
  Term* first;
  size_t count;
};

// Visits spans of terms; implemented by the collector.
struct RootVisitor {
  virtual void visit(Term* first, size_t count) = 0;
  void visit(Term& one) { visit(&one, 1); }

 protected:
  ~RootVisitor() = default;
};

// Everything of an owner that holds terms of its heap, besides the stack (which the heap block itself holds). Terms in fragments
// that the heap has not adopted must not be visited.
struct RootProvider {
  virtual void visit_roots(RootVisitor& visitor) = 0;

 protected:
  ~RootProvider() = default;
};

// `live` are the x registers or arguments in use at this point; provider adds the owner's own (dictionary, messages, …).
struct Roots {
  RootProvider* provider = nullptr;
  RootSpan live{nullptr, 0};
  RootSpan more{nullptr, 0};
};

}  // namespace joist
