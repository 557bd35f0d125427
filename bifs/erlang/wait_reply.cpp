#include "bifs/erlang/wait_reply.h"

#include "gc/scratch.h"

namespace joist {

namespace {

struct ReplySignal final : RequestSignal {
  Word id = 0;
  const NativeEntry* entry = nullptr;
  bool run(Process& asker) override {
    // The native may be gone: its process raised, or it is another call by now.
    if (!asker.native_state || asker.native_state->owner != entry) return true;
    auto* w = static_cast<WaitReply*>(asker.native_state);
    if (w->id != id) return true;
    if (fragment) {
      asker.heap.adopt(fragment);
      fragment = nullptr;
    }
    w->result = payload;
    w->done = true;
    asker.state.fetch_or(process_state::Active, std::memory_order_seq_cst);
    return true;
  }
  void receiver_gone() override {}
};

void reply(Term asker, Word id, const NativeEntry* entry, Term result) {
  Process* to = find_process(asker);
  if (!to) return;
  auto* s = new ReplySignal;
  s->id = id;
  s->entry = entry;
  FragmentTerm f = copy_to_fragment(result);
  s->payload = f.term;
  s->fragment = f.fragment;
  send_signal(*to, s);
}

}  // namespace

bool AskRequest::run(Process& receiver) {
  ScratchScope scratch(receiver.heap);  // the receiver is not to pay for the answer
  Term result = answer(receiver);
  if (!result.is_value()) return false;
  reply(asker, id, entry, result);
  return true;
}

void AskRequest::receiver_gone() { reply(asker, id, entry, gone); }

void MessageRequest::reply(Term result, Term head) {
  Process* to = tag.term.is_value() ? find_process(asker) : nullptr;
  if (!to) return;
  MessageBuilder b(4 + copy_size(tag.term));
  Term t = b.copy(tag.term);
  b.send(*to, Term(), head.is_value() ? b.writer().tuple(head, t, result) : b.writer().tuple(t, result));
}

void send_request(Term pid, RequestSignal* request, Priority asker) {
  if (Process* p = find_process(pid)) return send_signal_as(*p, request, asker);
  request->receiver_gone();
  destroy_signal(request);
}

NativeResult ask(NativeCall& c, Process& target, AskRequest* request) {
  static std::atomic<Word> next_id{1};
  auto* w = new WaitReply;
  w->id = next_id.fetch_add(1, std::memory_order_relaxed);
  c.set_state(w);
  request->asker = c.process.pid;
  request->id = w->id;
  request->entry = c.entry;
  send_signal_as(target, request, c.process.priority);
  return c.wait();
}

}  // namespace joist
