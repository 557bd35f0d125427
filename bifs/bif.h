// What a BIF file includes. BIF(module, name, arity) defines the function that a row of bifs.def names.
#pragma once
#include "vm/code/native.h"
#include "vm/process/process.h"

// BIF(erlang, tuple_to_list, 1) { … uses `c` … }   ⇔ bifs.def: BIF(erlang, "tuple_to_list", 1, tuple_to_list, Plain)
#define BIF(module, name, arity) ::joist::NativeResult bif_##module##_##name##_##arity(::joist::NativeCall& c)
