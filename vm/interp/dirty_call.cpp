// A dirty native runs beside its process, not in it: the normal schedulers go on handling the process's signals. So the native gets a
// shadow, a Process with the same pid whose heap is fragments only. It reads its arguments on the process's heap, where nothing moves
// meanwhile (a process with a dirty call is not collected), and writes to the shadow's. The call comes back to the process as a
// signal: whoever handles it moves what the shadow holds to the process.
#include "vm/interp/dirty_call.h"

#include <memory>

#include "vm/base/tunables.h"

namespace joist {
namespace {

class NativeDirtyCall final : public DirtyCall {
 public:
  explicit NativeDirtyCall(Process& process) : native_(*process.seldom_used().dirty_native), x_(new Term[native_.arity + 1u]) {
    VERIFY(process.saved_live >= native_.arity);
    if (hold_native) hold_native(native_, true);
    shadow_.pid = process.pid;
    shadow_.group_leader = process.group_leader;
    shadow_.scheduler = process.scheduler;
    shadow_.native_state = process.native_state;
    process.native_state = nullptr;
    shadow_.slice = shadow_.reductions = slice_reductions;
    for (size_t i = 0; i < native_.arity; i++) x_[i] = process.saved_x[i];
  }
  ~NativeDirtyCall() override {
    delete shadow_.native_state;
    HeapFragment::destroy_chain(shadow_.heap.fragments);
    if (hold_native) hold_native(native_, false);
  }

  RunOutcome call() override {
    NativeCall call{shadow_, x_.get(), &native_, true};
    NativeResult result = native_.fn(call);
    // Off-heap objects go with the fragments from now on.
    Heap& heap = shadow_.heap;
    if (heap.off_heap) heap.fragments->off_heap = heap.off_heap;
    heap.off_heap = nullptr;
    if (result.is_term()) {
      x_[native_.arity] = result.term();
      result_ = dirty_result_is_term;
      return RunOutcome::Yield;
    }
    if (result.signal() == NativeResult::Again) return RunOutcome::Dirty;
    if (result.signal() == NativeResult::Wait) return RunOutcome::Wait;
    x_[native_.arity] = nil;
    result_ = Word(result.signal());
    return RunOutcome::Yield;
  }

  void finish(Process& process) override {
    while (HeapFragment* f = shadow_.heap.fragments) {
      shadow_.heap.fragments = f->next;
      f->next = nullptr;
      process.heap.adopt(f);
    }
    process.native_state = shadow_.native_state;
    shadow_.native_state = nullptr;
    process.reductions -= shadow_.slice - shadow_.reductions;
    // The arguments stay for a stacktrace; the result lies behind them, a root like they.
    save_x(process, x_.get(), native_.arity + (result_ ? 1 : 0));
    if (!result_) return;
    SeldomUsed& seldom = process.seldom();
    seldom.dirty_result = result_;
    seldom.dirty_native = nullptr;
    if (result_ != dirty_result_is_term) seldom.exception = shadow_.seldom_used().exception;
  }

 private:
  const NativeEntry& native_;
  Process shadow_;
  std::unique_ptr<Term[]> x_;  // arguments, then the result
  Word result_ = 0;  // as SeldomUsed::dirty_result; 0: it is to be called again
};

}  // namespace

DirtyCall* prepare_dirty_call(Process& process) { return new NativeDirtyCall(process); }

}  // namespace joist
