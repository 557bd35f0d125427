// Natives that ask another process something by a signal and wait for its answer.
//
//   if (auto* w = waiting(c)) return w->done ? NativeResult(w->result) : c.wait();
//   return ask(c, *target, new MyRequest(…));
//
// The answer comes back as a signal too, so it is taken in on the asker's own thread.
#pragma once
#include "bifs/bif.h"
#include "vm/process/process_table.h"
#include "vm/process/relations.h"
#include "vm/process/send.h"

namespace joist {

struct WaitReply final : NativeState {
  Word id = 0;
  bool done = false;
  Term result;
  void visit_roots(RootVisitor& visitor) override { visitor.visit(result); }
};

inline WaitReply* waiting(NativeCall& c) { return c.state<WaitReply>(); }

// A request whose result goes back to a waiting native. answer() runs on the receiver, on whose heap it may build; what it returns is
// copied, and nothing else that it built is kept.
struct AskRequest : RequestSignal {
  Term asker;                        // local pid
  Word id = 0;
  const NativeEntry* entry = nullptr;
  Term gone = atom::undefined;       // the result when the receiver is gone
  // The non-value: not now, again in the next slice.
  virtual Term answer(Process& receiver) = 0;
  bool run(Process& receiver) final;
  void receiver_gone() final;
};

// A request that is answered with a message to the asker, by whoever has the result first.
struct MessageRequest : RequestSignal {
  Term asker;                        // local pid
  KeptTerm tag;                      // the non-value: nobody waits for the message
  MessageRequest(Term from, Term t) : asker(from), tag(t) {}
  // Sends {Tag, Result}, or {Head, Tag, Result}.
  void reply(Term result, Term head = Term());
};

// To the local process `pid`, or to nobody: then receiver_gone() answers at once. It is handled with the asker's priority, if that is
// better than the receiver's.
void send_request(Term pid, RequestSignal* request, Priority asker);

// Sends the request and waits.
NativeResult ask(NativeCall& c, Process& target, AskRequest* request);

}  // namespace joist
