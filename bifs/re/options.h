// Option lists of re:compile and re:run.
#pragma once
#include "bifs/re/pattern.h"

namespace joist::re {

struct Options {
  CompileOptions compile;
  uint32_t match = 0;          // PCRE2's match options
  bool only_compile = false;   // has an option that only compiling takes
  bool only_run = false;       // has an option that only running takes
  bool global = false, report_errors = false;
  size_t offset = 0;
  int64_t match_limit = -1, depth_limit = -1;
  Term capture_values, capture_type;  // the non-value: no capture option
};
// False for a bad option.
bool parse_options(Term list, Options* out);

}  // namespace joist::re
