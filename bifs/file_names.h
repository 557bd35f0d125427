// File names, environment strings and command lines as the OS has them: bytes. From characters they are encoded as +fn says
// (UTF-8 unless Latin-1 was asked for); binaries are taken as they are.
#pragma once
#include <string>

#include "gc/heap.h"

namespace joist {

void set_file_name_encoding(bool utf8);
bool file_names_are_utf8();
// A list of characters (deep allowed), atom or binary as OS bytes. False when it is none, has a character that cannot be encoded, or a zero.
bool file_name_text(Term t, std::string* out);
// The same of a list of characters (deep allowed) without atoms or binaries in it, as prim_file and os take it.
bool file_list_text(Term t, std::string* out);
// OS bytes as Erlang shows them: a list of characters, or a binary when they are not valid in the encoding.
Term file_name_term(Heap& heap, const std::string& bytes);

}  // namespace joist
