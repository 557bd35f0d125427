// Hashes of terms. phash2 and phash equal OTP's for every term. internal_hash equals OTP 25's make_internal_hash wherever that
// depends on nothing but the term (atoms hash by index there, so they may differ), because it decides the order of large maps.
// All iterative.
#pragma once
#include "vm/term/boxed.h"

namespace joist {

uint32_t phash2(Term t);                   // full 32 bits; erlang:phash2/1 takes the low 27
bool phash2_within(Term t, size_t steps, uint32_t* hash);  // false, and no hash, when that takes more steps: some 10 ns each
uint32_t phash(Term t);                    // erlang:phash/2 before the range is applied
uint32_t internal_hash(Term t, uint32_t salt = 0);
// What places a key in a large map: 8 levels of 4 bits come from depth 0, the next 8 from depth 1 and so on.
uint32_t map_hash(Term key, uint32_t depth);

}  // namespace joist
