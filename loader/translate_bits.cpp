// Rules for instructions of the bit syntax.
#include "loader/translate.h"

namespace joist {
const std::span<const Rule> bits_rules;
}  // namespace joist
