// Node table: name + creation, reference counted from external pids, ports and references.
#pragma once
#include <atomic>

#include "vm/term/term.h"

namespace joist {

struct NodeEntry {
  Term name;          // atom
  uint32_t creation;
  std::atomic<int64_t> references;
};

// The entry for name + creation, made when needed, with one more reference. Thread-safe.
NodeEntry* node_acquire(Term name, uint32_t creation);
void node_retain(NodeEntry* node);
void node_release(NodeEntry* node);

// Calls f for every entry; no other function of the table from it.
void each_node(void (*f)(const NodeEntry& node, void* context), void* context);

// This node: 'nonode@nohost', creation 0, until distribution starts.
Term local_node_name();
uint32_t local_node_creation();
void set_local_node(Term name, uint32_t creation);

}  // namespace joist
