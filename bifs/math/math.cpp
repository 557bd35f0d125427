// Module math: the C library's functions on Erlang numbers.
#include <cmath>

#include "bifs/bif.h"
#include "vm/term/arith.h"

namespace joist {
namespace {

NativeResult finish(NativeCall& c, double d) {
  if (!std::isfinite(d)) return badarith();
  return c.heap().reserve(Words(FloatBox::words)).float_(d);
}
NativeResult unary(NativeCall& c, double (*f)(double)) {
  double x;
  if (!is_number(c.arg(0)) || !arith::to_double(c.arg(0), &x)) return is_number(c.arg(0)) ? badarith() : badarg();
  return finish(c, f(x));
}
NativeResult binary_function(NativeCall& c, double (*f)(double, double)) {
  double x, y;
  if (!is_number(c.arg(0)) || !is_number(c.arg(1))) return badarg();
  if (!arith::to_double(c.arg(0), &x) || !arith::to_double(c.arg(1), &y)) return badarith();
  return finish(c, f(x, y));
}

}  // namespace

BIF(math, acos, 1) { return unary(c, acos); }
BIF(math, acosh, 1) { return unary(c, acosh); }
BIF(math, asin, 1) { return unary(c, asin); }
BIF(math, asinh, 1) { return unary(c, asinh); }
BIF(math, atan, 1) { return unary(c, atan); }
BIF(math, atan2, 2) { return binary_function(c, atan2); }
BIF(math, atanh, 1) { return unary(c, atanh); }
BIF(math, ceil, 1) { return unary(c, ceil); }
BIF(math, cos, 1) { return unary(c, cos); }
BIF(math, cosh, 1) { return unary(c, cosh); }
BIF(math, erf, 1) { return unary(c, erf); }
BIF(math, erfc, 1) { return unary(c, erfc); }
BIF(math, exp, 1) { return unary(c, exp); }
BIF(math, floor, 1) { return unary(c, floor); }
BIF(math, fmod, 2) { return binary_function(c, fmod); }
BIF(math, log, 1) { return unary(c, log); }
BIF(math, log10, 1) { return unary(c, log10); }
BIF(math, log2, 1) { return unary(c, log2); }
BIF(math, pow, 2) { return binary_function(c, pow); }
BIF(math, sin, 1) { return unary(c, sin); }
BIF(math, sinh, 1) { return unary(c, sinh); }
BIF(math, sqrt, 1) { return unary(c, sqrt); }
BIF(math, tan, 1) { return unary(c, tan); }
BIF(math, tanh, 1) { return unary(c, tanh); }

}  // namespace joist
