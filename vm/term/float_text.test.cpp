#include "vm/term/float_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

#include "vm/term/vectors/float_syntax.inc"
#include "vm/term/vectors/float_vectors.inc"

using namespace joist;

TEST_CASE("floats as text are OTP's", "[float]") {
  char out[256];
  for (auto& e : float_expected) {
    INFO(e.default_text << " " << e.n);
    auto text = [&](size_t n) { return std::string(out, n); };
    CHECK(text(float_to_text_short(e.value, out)) == e.short_text);
    CHECK(text(float_to_text_default(e.value, out)) == e.default_text);
    CHECK(text(float_to_text_decimals(e.value, e.n, false, out, sizeof out)) == e.decimals);
    CHECK(text(float_to_text_decimals(e.value, e.n, true, out, sizeof out)) == e.compact);
    CHECK(text(float_to_text_scientific(e.value, e.n, out, sizeof out)) == e.scientific);
    double back = 0;
    CHECK(text_to_float(e.short_text, &back));
    CHECK(back == e.value);
    CHECK(std::signbit(back) == std::signbit(e.value));
  }
  CHECK(float_to_text_decimals(1.0, 300, false, out, sizeof out) == 0);
  CHECK(float_to_text_scientific(1.0, 300, out, sizeof out) == 0);
}

TEST_CASE("text to floats as OTP takes it", "[float]") {
  char out[256];
  for (auto& e : syntax_expected) {
    INFO(e.text);
    double d = 0;
    std::string result = "badarg";
    if (text_to_float(e.text, &d)) result.assign(out, float_to_text_default(d, out));
    CHECK(result == e.result);
  }
}
