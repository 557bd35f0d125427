// The OS environment, guarded: os:getenv, os:putenv, os:unsetenv and what child processes inherit.
#pragma once
#include <string>
#include <vector>

namespace joist::sys {

// False when unset. Text is bytes as the OS has them.
bool get_env(const char* name, std::string* value);
bool set_env(const char* name, const char* value);
bool unset_env(const char* name);
// "NAME=VALUE" strings.
std::vector<std::string> all_env();

long process_id();
// Name of the character set of the environment's locale ("UTF-8"), whatever locale this process is in.
std::string locale_charset();
// Whether the environment's locale has UTF-8 as its character set.
bool locale_is_utf8();

// "6.1.0" of the OS's kernel, as it names itself.
std::string os_release();

}  // namespace joist::sys
