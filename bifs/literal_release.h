// Releasing literal areas that processes may still refer to: those of purged code and of persistent terms replaced or erased.
#pragma once
#include "vm/term/term.h"

namespace joist {

struct LiteralArea;

// The area is destroyed once the literal area collector has made every process copy what it uses of it. From now on nothing outside of
// processes may refer to it, and nobody can find a new reference (whoever read one before holds it until its next quiescent point).
void release_literals(LiteralArea* area);

// The process erts_literal_area_collector: the only one that may call the natives of its module.
void set_literal_area_collector(Term pid);

}  // namespace joist
