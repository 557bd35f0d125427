// The port table: port identifier → Port, no lock to look up. The number in an identifier rises with every port, its low bits are the slot.
#pragma once
#include <vector>

#include "vm/port/port.h"

namespace joist {

// Once, before the first port. limit: +Q; rounded up to a power of two.
void init_port_table(size_t limit);
size_t port_limit();
size_t port_count();
size_t port_slot(const Port& port);

// Gives the port its identifier; from then on it is found. False when the table is full.
bool publish_port(Port& port);
void remove_port(Port& port);
// Null when closed. The pointer is good until the caller's next quiescent point.
Port* find_port(Term id);

// Calls f for every port in the table, in slot order. Caller is inside its quiescence section.
void for_each_port(void (*f)(Port& port, void* argument), void* argument);
// The identifiers of the ports of one moment: none is missing that was there, though others are opened and closed meanwhile.
std::vector<Term> ports_of_moment();

}  // namespace joist
