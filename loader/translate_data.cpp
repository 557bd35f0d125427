// Rules for instructions on data.
#include "loader/translate.h"

namespace joist {
namespace {

constexpr Rule rules[] = {
    {op_move, direct<Op::move>},
};

}  // namespace
const std::span<const Rule> data_rules = rules;
}  // namespace joist
