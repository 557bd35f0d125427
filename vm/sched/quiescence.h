// Quiescent-state reclamation: how memory that other threads may be reading without a lock is freed.
//
// A reader holds no lock; it only must not keep a pointer past its thread's next quiescent point. Schedulers pass one every slice
// and count as quiescent while parked. Other threads (dirty schedulers, the poll thread) are offline unless inside a
// QuiescentSection. After unlinking an object, retire(object, fn) calls fn once every thread that was online has passed a quiescent
// point (or gone offline), on some thread of the VM.
#pragma once
#include <cstddef>
#include <cstdint>

namespace joist {

// Of the calling thread, once; threads register themselves offline at first use of a section otherwise.
void quiescence_online();
void quiescence_offline();
// The calling thread holds no pointers read before. Runs functions whose time has come. Cheap when there are none.
void quiescent_point();

// Any thread, online or not.
void retire(void* object, void (*fn)(void*));
// Objects waiting, for statistics and tests.
size_t retired_count();
// All retired so far, and how many of them are reclaimed.
uint64_t retired_total();
uint64_t reclaimed_total();

// Makes the calling thread online for a scope when it was not.
class [[nodiscard]] QuiescentSection {
 public:
  QuiescentSection();
  ~QuiescentSection();
  QuiescentSection(const QuiescentSection&) = delete;
  QuiescentSection& operator=(const QuiescentSection&) = delete;

 private:
  bool was_online_;
};

}  // namespace joist
