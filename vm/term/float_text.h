// Floats as text.
#pragma once
#include <cstddef>
#include <string_view>

namespace joist {

// Shortest text that reads back as d, formatted as io_lib and float_to_list(F, [short]) do ("0.1", "1.0e-10", "1.0e22"). At most 32 bytes.
size_t float_to_text_short(double d, char* out);
// float_to_list(F): "%.20e" form. At most 32 bytes.
size_t float_to_text_default(double d, char* out);
// [{decimals, n}, compact] and [{scientific, n}]; returns 0 when the result does not fit `size` (OTP: badarg).
size_t float_to_text_decimals(double d, unsigned decimals, bool compact, char* out, size_t size);
size_t float_to_text_scientific(double d, unsigned digits, char* out, size_t size);
// Erlang's float syntax as list_to_float takes it: digits '.' digits [e[+-]digits]; false when malformed or out of range.
bool text_to_float(std::string_view text, double* out);

}  // namespace joist
