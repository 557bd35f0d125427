// How OTP represents a term, where Joist does otherwise.
#pragma once
#include "vm/term/term.h"

namespace joist {

// Small integers have 60 bits there, one less than here.
inline bool is_small_in_otp(SWord v) { return v >= -(SWord(1) << 59) && v < SWord(1) << 59; }
inline bool is_bignum_in_otp(Term t) { return t.is_small() && !is_small_in_otp(t.small_value()); }

}  // namespace joist
