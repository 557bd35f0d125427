// Instructions of match programs (internal to vm/match).
//
// Head instructions take the term to match from the top of the stack and fail the clause when it does not match.
#pragma once
#include <cstdint>

namespace joist::match {

enum class Op : uint16_t {
  // ---- head
  Tuple,      // a = number of Element words that follow, b = arity; pushes those elements, the first on top
  Element,    // b = index from 0 (data of Tuple and Array)
  Array,      // Trace: as Tuple, of the arguments; takes nothing from the stack
  Cons,       // pushes tail, then head
  Map,        // a = number of Key words that follow; pushes their values, the first on top
  Key,        // b = constant (data of Map)
  Same,       // b = constant that needs no heap
  Equal,      // b = constant
  Bind,       // b = variable
  Bound,      // b = variable bound before
  Skip,
  BindArray,  // Trace: variable b = list of all arguments
  // ---- expressions
  Constant,   // b
  Variable,   // b
  Whole,      // '$_'
  MakeTuple,  // b = arity; the first element is on top
  MakeCons,   // tail on top of head
  MakeConsReversed,  // head on top of tail
  MakeMap,    // b = pairs; stack has k, v, k, v …
  Call,       // a = Function, b = number of arguments; the first is on top
  Act,        // a = Actions::Kind, b = number of arguments
  And, Or,    // b = number of arguments
  AndAlso, OrElse,  // b = where to go when the value decides
  Self,
  // ---- control
  IsTrue,     // guard: fails the clause unless true
  Catch,      // from here failing functions give 'EXIT'
  Waste,
  Return,     // Table: the value on top is the clause's
  End,        // Trace: the clause matched
};

enum class Function : uint16_t {
  is_atom, is_float, is_integer, is_list, is_number, is_pid, is_port, is_reference, is_tuple, is_map, is_binary, is_function,
  is_record, abs, element, hd, tl, length, node0, node1, round, trunc, float_, size, map_size, map_get, is_map_key, bit_size,
  byte_size, binary_part2, binary_part3, plus1, minus1, plus, minus, times, divide, int_div, rem, band, bor, bxor, bnot, bsl,
  bsr, gt, ge, lt, le, eq, eq_exact, ne, ne_exact, not_, xor_,
};

}  // namespace joist::match
