// Ranks of all locks. A thread may take a lock only when its rank is above those it holds (checked under JOIST_DEBUG);
// `same_ok` locks may be held several at once when taken in address order.
#pragma once
#include <cstdint>

namespace joist::sys {

enum class LockRank : uint16_t {
  None = 0,  // unchecked
  // ---- outermost: whole-VM operations
  Boot = 10,
  CodeStaging = 20,     // one loader/purger/tracer at a time
  TraceSession = 30,
  NodeMonitors = 38,    // messages about nodes leave in order
  Distribution = 40,
  // ---- ETS
  EtsTables = 100,      // table registry, named tables
  EtsTable = 110,       // one table; same_ok
  EtsStripe = 120,      // a stripe of a hash table; same_ok
  EtsTree = 125,
  // ---- ports, NIFs
  Port = 200,           // a loaded driver's own lock
  Drivers = 203,        // the loaded drivers
  PortWaiters = 205,
  NifModule = 210,
  // ---- processes
  ProcessMain = 300,    // same_ok
  ProcessSignals = 310, // same_ok
  Registry = 320,
  ProcessTable = 330,
  Links = 340,
  // ---- scheduling
  Timers = 390,         // a timer that fires puts its process in a run queue
  RunQueue = 400,       // same_ok
  DirtyQueue = 420,
  Poll = 430,
  // ---- leaves: held for a few instructions, nothing is taken inside
  CodeTables = 890,     // adding exports, funs, modules, ranges
  CodePermission = 895,
  PersistentTerms = 895,
  Quiescence = 898,     // retire() is called under most other locks
  Literals = 900,
  Nodes = 910,
  Atoms = 920,
  Environment = 930,
  Memory = 940,
  Leaf = 1000,
};
inline constexpr bool same_ok(LockRank r) {
  return r == LockRank::EtsTable || r == LockRank::EtsStripe || r == LockRank::ProcessMain ||
         r == LockRank::ProcessSignals || r == LockRank::RunQueue || r == LockRank::Port;
}

}  // namespace joist::sys
