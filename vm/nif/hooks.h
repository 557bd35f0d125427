// What NIFs may ask of vm/port; set once at start (bifs/nif_hooks.cpp).
#pragma once
#include "vm/process/process.h"

namespace joist::nif {

struct Hooks {
  // As Port ! {Owner, {command, Data}} of the port's owner, at once and without being suspended. False: no such port, or no I/O list.
  bool (*port_command)(Term from, Term port, Term data) = nullptr;
  bool (*port_alive)(Term port) = nullptr;
};
extern Hooks hooks;

}  // namespace joist::nif
