// Ports and tables as text for people, in the form of OTP's crash dumps: answers of the break menu. The caller has made all
// schedulers but its own stand still, and is inside quiescence.
#pragma once
#include <string>

namespace joist {

std::string ports_text();
enum class TableDetail : unsigned char { Objects, Summary };
std::string tables_text(TableDetail detail);

}  // namespace joist
