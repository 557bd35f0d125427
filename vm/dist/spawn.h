// Processes started on other nodes: erlang:spawn_request/5 and what is made of it (OTP manual: erts, "Distribution Protocol").
#pragma once
#include "vm/dist/signals.h"
#include "vm/process/spawn.h"

namespace joist::dist {

// ---- who asks. The process runs these.
// Sends the request, whose record the process has got (SpawnRequest). call: {M, F, Arity}; options: as the other node is to read them; both
// on the process's heap, as the arguments. Yield: *rest goes on with it, in the process's next slices.
SendStatus send_spawn_request(Process& process, Connection& connection, const SpawnRequest& request, Term call, Term arguments, Term options,
                              SlicedSend** rest);
// erlang:spawn_request_abandon/1. False: no answer is awaited for that.
bool abandon_spawn_request(Process& process, RefKey ref);

// A signal that was to leave, but the other node has nothing like it: spawn requests fail.
void not_understood(Connection& connection, Term control);

// ---- signals of another node. False: malformed.
bool spawn_requested(Connection& connection, IncomingSignal& signal);
bool spawn_replied(Connection& connection, IncomingSignal& signal);

// Sets the hook for those who exit before they were answered.
void install_spawn();

}  // namespace joist::dist
