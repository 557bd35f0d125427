// Processes and ports: sending, names, whether they live. Callers are any threads: what they look up is used inside a QuiescentSection.
#include "vm/nif/env.h"
#include "vm/nif/hooks.h"
#include "vm/process/registry.h"
#include "vm/process/send.h"
#include "vm/process/trace_hooks.h"
#include "vm/sched/quiescence.h"

namespace joist::nif {

ENIF(Pid*, self)(Env* env, Pid* out) {
  if (!env->process) return nullptr;
  out->term = env->process->pid;
  return out;
}

namespace {

// What a NIF on a dirty scheduler sends is told of by the thread that runs its process.
struct DirtySend final : RequestSignal {
  DirtySend(Term to, Term message) : to(to) {
    auto [copy, copied_to] = copy_to_fragment(message);
    payload = copy;
    fragment = copied_to;
  }
  bool run(Process& sender) override {
    if (sender.trace) trace_hooks.send(sender, to, payload);
    return true;
  }
  void receiver_gone() override {}
  Term to;
};

// Tracing of the sender, and the token that the message carries: as in OTP that of messages from an environment of their own. `from` may
// be the shadow of `sender`, which a dirty call has.
Term note_send(Process* from, Process& sender, Term to, Term message, bool own_environment) {
  if (from != &sender) {
    if (trace_ever_used.load(std::memory_order_relaxed)) send_signal(sender, new DirtySend(to, message));
  } else if (from->trace) {
    trace_hooks.send(*from, to, message);
  }
  return own_environment ? sequence_token_sent(*from, to, message) : Term();
}

}  // namespace

// A message environment gives its terms away and is empty afterwards.
ENIF(int, send)(Env* env, const Pid* to, Env* message_env, Term message) {
  Process* from = env ? env->process : nullptr;
  QuiescentSection section;
  Process* receiver = process_of(to->term);
  Process* sender = from ? process_of(from->pid) : nullptr;
  if (!receiver || (from && !sender)) return 0;
  Term token = from ? note_send(from, *sender, to->term, message, message_env) : Term();
  size_t words = send_message(*receiver, from ? from->pid : Term(), message, token);
  if (from) from->reductions -= SWord(words / 64);
  if (message_env) static_cast<OwnEnv*>(message_env)->clear();
  return 1;
}
ENIF(int, port_command)(Env* env, const Port* to, Env* message_env, Term message) {
  QuiescentSection section;
  if (!hooks.port_command(env && env->process ? env->process->pid : Term(), to->term, message)) return 0;
  if (message_env) static_cast<OwnEnv*>(message_env)->clear();
  return 1;
}

ENIF(int, is_process_alive)(Env*, Pid* pid) {
  QuiescentSection section;
  return process_of(pid->term) != nullptr;
}
ENIF(int, is_current_process_alive)(Env* env) {
  QuiescentSection section;
  return process_of(env->process->pid) != nullptr;
}
ENIF(int, is_port_alive)(Env*, Port* port) {
  QuiescentSection section;
  return hooks.port_alive(port->term);
}

ENIF(int, whereis_pid)(Env*, Term name, Pid* out) {
  Term found = name.is_atom() ? whereis(name) : Term();
  if (!found.is_local_pid()) return 0;
  out->term = found;
  return 1;
}
ENIF(int, whereis_port)(Env*, Term name, Port* out) {
  Term found = name.is_atom() ? whereis(name) : Term();
  if (!found.is_local_port()) return 0;
  out->term = found;
  return 1;
}

}  // namespace joist::nif
