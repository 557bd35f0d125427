// How OTP represents a term, where Joist does otherwise.
#pragma once
#include "vm/term/term.h"

namespace joist {

// Small integers have 60 bits there, one less than here.
inline bool is_bignum_in_otp(Term t) {
  constexpr SWord limit = SWord(1) << 59;
  return t.is_small() && (t.small_value() < -limit || t.small_value() >= limit);
}

}  // namespace joist
